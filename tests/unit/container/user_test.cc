// SPDX-License-Identifier: Apache-2.0
// Users of images, by name and by number.
#include "container/user.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace winnow::container {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::string_view kPasswd =
    "root:x:0:0:root:/root:/bin/sh\n"
    "app:x:1000:1001::/srv:/bin/sh\n"
    "broken\n"
    "odd:x:1:2\n"
    "2000:x:77:78::/:/bin/sh\n"
    "nonsense:x:many:few::/:\n";
constexpr std::string_view kGroup =
    "root:x:0:\n"
    "app:x:1001:\n"
    "video:x:44:other,app\n"
    "audio:x:29:application,app\n"
    "app2:x:50:apps\n";

struct Ids {
  std::uint32_t uid, gid;
  bool operator==(const Ids&) const = default;
};
void PrintTo(const Ids& ids, std::ostream* out) { *out << ids.uid << ':' << ids.gid; }

Ids resolved(std::string_view text) {
  const auto user = resolve_user(text, kPasswd, kGroup);
  EXPECT_TRUE(user) << text << ": " << user.error().what;
  return user ? Ids{user->uid, user->gid} : Ids{9999, 9999};
}

TEST(User, IsFoundByNameWithItsGroups) {
  const auto user = resolve_user("app", kPasswd, kGroup);
  ASSERT_TRUE(user);
  EXPECT_EQ(user->uid, 1000U);
  EXPECT_EQ(user->gid, 1001U);
  EXPECT_THAT(user->groups, ElementsAre(1001, 44, 29));
}

TEST(User, IsFoundByNumberToo) {
  const auto user = resolve_user("1000", kPasswd, kGroup);
  ASSERT_TRUE(user);
  EXPECT_EQ(user->gid, 1001U);
  EXPECT_THAT(user->groups, ElementsAre(1001, 44, 29));
}

TEST(User, ANumberThatIsANameIsThatName) { EXPECT_EQ(resolved("2000"), (Ids{77, 78})); }

TEST(User, ANumberThatNobodyHasIsTakenAsItIs) {
  EXPECT_EQ(resolved("4711"), (Ids{4711, 0}));
  EXPECT_EQ(resolved("4711:12"), (Ids{4711, 12}));
  const auto alone = resolve_user("4711", "", "");
  ASSERT_TRUE(alone);
  EXPECT_THAT(alone->groups, ElementsAre(0));
}

TEST(User, NobodyIsRootWithItsGroups) {
  EXPECT_EQ(resolved(""), (Ids{0, 0}));
  const auto none = resolve_user("", "", "");
  ASSERT_TRUE(none);
  EXPECT_EQ(none->uid, 0U);
}

TEST(User, AGroupThatIsNamedTakesTheOthersAway) {
  const auto user = resolve_user("app:video", kPasswd, kGroup);
  ASSERT_TRUE(user);
  EXPECT_EQ(user->uid, 1000U);
  EXPECT_THAT(user->groups, ElementsAre(44));
  EXPECT_EQ(resolved("app:29"), (Ids{1000, 29}));
  EXPECT_EQ(resolved(":29"), (Ids{0, 29}));
}

TEST(User, WhoIsNotThereIsAnErrorThatNamesTheFile) {
  const auto user = resolve_user("nobody\x1b", kPasswd, kGroup);
  ASSERT_FALSE(user);
  EXPECT_THAT(user.error().what, HasSubstr("user nobody\\x1b is not in the image's /etc/passwd"));
  const auto group = resolve_user("app:none", kPasswd, kGroup);
  ASSERT_FALSE(group);
  EXPECT_THAT(group.error().what, HasSubstr("group none is not in the image's /etc/group"));
  EXPECT_FALSE(resolve_user("nonsense", kPasswd, kGroup));
  EXPECT_FALSE(resolve_user("4294967295", kPasswd, kGroup)) << "no user has it: chown(2) takes it for none";
}

}  // namespace
}  // namespace winnow::container
