// SPDX-License-Identifier: Apache-2.0
// Profiles of many recordings: which files are meant, and what becomes one.
#include "winnow/transfer/profiles.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/image_builder.h"
#include "winnow/base/file.h"

namespace winnow {
namespace {

using test::TemporaryDirectory;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Profiles : public ::testing::Test {
 protected:
  // A profile of image NAME, whose only run began at MS and touched PATH.
  std::string write(const std::string& file, const std::string& name, std::uint64_t ms, const std::string& path) {
    AccessProfile profile;
    profile.image = {name, Digest::of(name)};
    profile.runs.emplace_back().started_ms = ms;
    Access access;
    access.path = path;
    access.kinds = Kind::kOpen;
    access.runs = {0};
    profile.add(access);
    EXPECT_TRUE(write_file_atomically(dir_ / file, to_json(profile)));
    return dir_ / file;
  }
  const TemporaryDirectory dir_;
};

TEST_F(Profiles, OfADirectoryAreItsJsonByName) {
  const std::string b = write("b.json", "app", 1, "/b"), a = write("a.json", "app", 2, "/a");
  write("notes.txt", "app", 3, "/c");
  EXPECT_THAT(profile_files({dir_.path(), b}).value(), ElementsAre(a, b, b));
}

TEST_F(Profiles, AreNotReadFromStdinNorFromADirectoryWithoutAny) {
  EXPECT_THAT(profile_files({"-"}).error().what, HasSubstr("not from stdin"));
  EXPECT_THAT(profile_files({dir_.path()}).error().what, HasSubstr("no *.json"));
}

TEST_F(Profiles, OfOneImageBecomeOneInAnyOrder) {
  const std::string a = write("a.json", "app", 2, "/a"), b = write("b.json", "app", 1, "/b");
  const auto one = read_union({a, b}, false);
  ASSERT_TRUE(one) << one.error().what;
  EXPECT_EQ(one->runs.size(), 2U);
  EXPECT_EQ(one->runs.front().started_ms, 1U);
  EXPECT_EQ(to_json(*one), to_json(read_union({b, a}, false).value()));
  EXPECT_EQ(to_json(*one), to_json(read_union({a, b, a}, false).value()));
}

TEST_F(Profiles, OfDifferentImagesAreRefusedUnlessAnyWillDo) {
  const std::string a = write("a.json", "app", 1, "/a"), b = write("b.json", "other", 2, "/b");
  const auto refused = read_union({a, b}, false);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().advice, Advice::kDifferentImages);
  EXPECT_THAT(refused.error().what, HasSubstr("(other)"));
  const auto any = read_union({a, b}, true);
  ASSERT_TRUE(any) << any.error().what;
  EXPECT_FALSE(any->image.id.valid());
  EXPECT_EQ(any->accesses.size(), 2U);
}

TEST_F(Profiles, BecomeOneForEachImage) {
  const std::string a = write("a.json", "app", 1, "/a"), b = write("b.json", "other", 2, "/b");
  const std::string c = write("c.json", "app", 3, "/c");
  const auto unions = read_unions({a, b, c});
  ASSERT_TRUE(unions) << unions.error().what;
  ASSERT_EQ(unions->size(), 2U);
  EXPECT_EQ(unions->at(Digest::of("app")).runs.size(), 2U);
  EXPECT_EQ(unions->at(Digest::of("other")).accesses.size(), 1U);
}

}  // namespace
}  // namespace winnow
