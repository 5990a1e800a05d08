// SPDX-License-Identifier: Apache-2.0
// A profile of one build of an image, planned on the next.
#include <gmock/gmock.h>

#include "support/planning.h"
#include "winnow/base/error.h"

namespace winnow {
namespace {

using test::index_from_text;
using test::profile_of;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// ENV makes another image id of the same entries.
std::string build(const std::string& env, const std::string& entries) {
  return R"(config {"config":{"Env":["BUILD=)" + env + "\"]}}\n" + entries;
}

constexpr const char* kOld = R"(
  f 0755 0:0 5 /app/run
  f 0644 0:0 5 /app/data
  f 0644 0:0 5 /app/assets-1.js
  l /lib/libx.so.1 libx.so.1.2
  f 0644 0:0 5 /lib/libx.so.1.2
  d 0755 0:0 /var/cache)";

const Index& old_build() {
  static const Index index = index_from_text(build("1", kOld));
  return index;
}

AccessProfile recorded() {
  AccessProfile profile = profile_of({{"/app/run", Kind::kExec},
                                      {"/app/data"},
                                      {"/app/assets-1.js"},
                                      {"/lib/libx.so.1"},
                                      {"/var/cache/made"},
                                      {"/app/none", Kind::kMiss}});
  profile.image.id = old_build().id;
  return profile;
}

Result<KeepSpec> plan_next(const std::string& entries, const Index* old, unsigned most_missing = 5) {
  PlanOptions options;
  options.recorded = old;
  options.most_missing = most_missing;
  return make_plan(index_from_text(build("2", entries)), recorded(), options);
}

TEST(Rebuilt, AnotherBuildIsRefusedUnlessTheRecordedOneIsNamed) {
  const auto refused = plan_next(kOld, nullptr);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().hint, HasSubstr("--rebuilt OLD"));
  const auto spec = plan_next(kOld, &old_build());
  ASSERT_TRUE(spec) << spec.error().what;
  ASSERT_TRUE(spec->rebuilt);
  EXPECT_EQ(spec->rebuilt->recorded, old_build().id);
  EXPECT_EQ(spec->rebuilt->paths, 4u);  // not what was made at run time, nor what was not there
  EXPECT_EQ(spec->rebuilt->missing + spec->rebuilt->changed, 0u);
}

TEST(Rebuilt, CountsWhatTheBuildLacksOrHasOtherwiseByTheNamesThatWereUsed) {
  // The library has a new version behind the same name: changed, not missing.
  const auto spec = plan_next(R"(
    f 0755 0:0 5 /app/run
    d 0755 0:0 /app/data
    f 0644 0:0 5 /app/assets-2.js
    l /lib/libx.so.1 libx.so.1.3
    f 0644 0:0 7 /lib/libx.so.1.3)",
                              &old_build(), 25);
  ASSERT_TRUE(spec) << spec.error().what;
  EXPECT_EQ(spec->rebuilt->missing, 1u);
  EXPECT_THAT(spec->rebuilt->missing_paths, ElementsAre("/app/assets-1.js"));
  EXPECT_THAT(spec->rebuilt->changed_paths, ElementsAre("/app/data", "/lib/libx.so.1"));
  EXPECT_THAT(spec->warnings,
              Contains(HasSubstr("of 4 recorded paths 1 are not in this one (/app/assets-1.js), 2 have")));
  const auto again = keep_from_json(to_json(*spec));
  ASSERT_TRUE(again) << again.error().what;
  EXPECT_EQ(to_json(*again), to_json(*spec));
  EXPECT_EQ(again->rebuilt->changed, 2u);
}

TEST(Rebuilt, ABuildThatLacksTooMuchIsRefusedWithTheFirstNamesAndTheNumberThatAcceptsIt) {
  const auto refused = plan_next("f 0755 0:0 5 /app/run\nf 0644 0:0 5 /app/data", &old_build());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what, "2 of 4 recorded paths are not in this build: /app/assets-1.js, /lib/libx.so.1");
  EXPECT_THAT(refused.error().hint, HasSubstr("--rebuilt-missing 50"));
  EXPECT_FALSE(plan_next("f 0755 0:0 5 /app/run\nf 0644 0:0 5 /app/data", &old_build(), 49));
  EXPECT_TRUE(plan_next("f 0755 0:0 5 /app/run\nf 0644 0:0 5 /app/data", &old_build(), 50));
}

TEST(Rebuilt, TheRecordedBuildMayBeKnownByItsKeepSpecAlone) {
  const auto before = make_plan(old_build(), recorded(), {});
  ASSERT_TRUE(before) << before.error().what;
  const Index kept = index_of_kept(*before);
  const auto spec = plan_next(kOld, &kept);
  ASSERT_TRUE(spec) << spec.error().what;
  EXPECT_EQ(spec->rebuilt->paths, 4u);
}

TEST(Rebuilt, AnImageThatWasNotRecordedIsNoBuildToCompareWith) {
  const Index other = index_from_text(build("3", kOld));
  const auto refused = plan_next(kOld, &other);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().what, HasSubstr("not from " + other.id.str()));
}

TEST(Zeros, AFileOfZerosIsToldWithWhatWouldLeaveItOutIfNothingOpenedIt) {
  Index index = index_from_text("f 0644 0:0 876000000 /var/log/lastlog\nf 0644 0:0 5 /a");
  FileFacts facts;
  facts.zeros = true;
  index.entries[index.find("/var/log/lastlog").value()].facts = std::make_shared<const FileFacts>(facts);
  const auto warnings = [&](Kind kind) {
    const auto spec = make_plan(index, profile_of({{"/var/log/lastlog", kind}}), {});
    return spec ? spec->warnings : std::vector<std::string>{spec.error().what};
  };
  EXPECT_THAT(warnings(Kind::kStat),
              ElementsAre("/var/log/lastlog is 876 MB of nothing but zeros, and all of it goes into the "
                          "layer; nothing opened it: --drop '/var/log/lastlog' leaves it out"));
  EXPECT_THAT(warnings(Kind::kOpen),
              ElementsAre("/var/log/lastlog is 876 MB of nothing but zeros, and all of it goes into the layer"));
}

TEST(Zeros, OfAnOddNameComeWithACommandThatCanBePasted) {
  Index index = index_from_text("f 0644 0:0 876000000 /z\\x20it's[1]");
  FileFacts facts;
  facts.zeros = true;
  index.entries[1].facts = std::make_shared<const FileFacts>(facts);
  const auto spec = make_plan(index, profile_of({{"/z it's[1]", Kind::kStat}}), {});
  ASSERT_TRUE(spec) << spec.error().what;
  EXPECT_THAT(spec->warnings, ElementsAre(HasSubstr("--drop '/z it'\\''s\\[1]' leaves it out")));
}

}  // namespace
}  // namespace winnow
