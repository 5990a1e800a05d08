// SPDX-License-Identifier: Apache-2.0
// Differences of profiles: what a new test run touched that the old one did not.
#include <gmock/gmock.h>

#include "unit/diff/diffing.h"
#include "winnow/base/digest.h"

namespace winnow {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace winnow::test;

const PathChange* path_of(const ProfileDiff& diff, std::string_view path) {
  const auto found = std::ranges::find(diff.paths, path, &PathChange::path);
  return found == diff.paths.end() ? nullptr : &*found;
}

TEST(ProfileDiffs, OfTheSameProfileAreNone) {
  const auto profile = profile_of({{"/a"}, {"/b"}});
  EXPECT_TRUE(diff_profiles(profile, profile).identical());
  EXPECT_FALSE(diff_profiles(profile, profile_of({{"/a"}})).identical());
}

TEST(ProfileDiffs, NamePathsKindsAndPrograms) {
  const auto diff =
      diff_profiles(profile_of({{"/same"}, {"/gone"}, {"/kinds", Kind::kStat}, {"/by", Kind::kOpen, "/bin/a"}}),
                    profile_of({{"/same"}, {"/new"}, {"/kinds", Kind::kOpen}, {"/by", Kind::kOpen, "/bin/b"}}));
  EXPECT_EQ(diff.added, 1u);
  EXPECT_EQ(diff.removed, 1u);
  EXPECT_EQ(diff.changed, 2u);
  EXPECT_EQ(path_of(diff, "/same"), nullptr);
  EXPECT_EQ(path_of(diff, "/new")->change(), Change::kAdded);
  EXPECT_EQ(path_of(diff, "/gone")->change(), Change::kRemoved);
  EXPECT_EQ(path_of(diff, "/kinds")->kinds_after, Kinds(Kind::kOpen));
  EXPECT_THAT(path_of(diff, "/by")->programs_after, ElementsAre("/bin/b"));
  ASSERT_EQ(diff.programs.size(), 2u);
  EXPECT_EQ(diff.programs[0].path, "/bin/a");
  EXPECT_EQ(diff.programs[0].change, Change::kRemoved);
  EXPECT_EQ(diff.programs[1].path, "/bin/b");
  EXPECT_EQ(diff.programs[1].change, Change::kAdded);
}

// Lookups that failed and files on volumes are not what an image is made of: they are told, and not counted.
TEST(ProfileDiffs, TellWhatIsNotOfTheImageApart) {
  auto after = profile_of({{"/a"}, {"/miss", Kind::kMiss}});
  Access mounted;
  mounted.path = "/proc/1/maps";
  mounted.kinds = Kind::kOpen;
  mounted.other_mount = true;
  after.add(mounted);
  const auto diff = diff_profiles(profile_of({{"/a"}}), after);
  EXPECT_EQ(diff.added, 0u);
  EXPECT_EQ(path_of(diff, "/miss")->place, Place::kMiss);
  EXPECT_EQ(path_of(diff, "/proc/1/maps")->place, Place::kOtherMount);
  const std::string text = diff_text(diff, {}, false);
  EXPECT_NE(text.find("1 path looked up and not there"), std::string::npos) << text;
}

TEST(ProfileDiffs, MergeWhatOnePathLedToAtDifferentTimes) {
  auto before = profile_of({});
  for (const char* resolved : {"/v1/x", "/v2/x"}) {
    Access access;
    access.path = "/current/x";
    access.resolved = resolved;
    access.kinds = Kind::kOpen;
    before.add(access);
  }
  EXPECT_EQ(diff_profiles(before, profile_of({})).paths.size(), 1u);
}

TEST(ProfileDiffs, TellRunsAndWhyOneIsPartial) {
  auto before = profile_of({{"/a"}});
  auto after = before;
  after.runs[0].lost.buffers_full = 5;
  const auto diff = diff_profiles(before, after);
  EXPECT_THAT(diff.runs_a.partial, IsEmpty());
  EXPECT_EQ(diff.runs_b.partial.size(), 1u);
  EXPECT_TRUE(diff.identical());
  EXPECT_NE(diff_text(diff, {}, false).find("partial after: "), std::string::npos);
}

TEST(ProfileDiffs, CompareSystemCallsWhereBothHaveThem) {
  auto before = profile_of({{"/a"}});
  auto after = before;
  after.runs[0].syscalls = {{"x86_64", {"open", "socket"}}};
  EXPECT_THAT(diff_profiles(before, after).syscalls, IsEmpty());
  before.runs[0].syscalls = {{"x86_64", {"open", "fork"}}};
  EXPECT_THAT(diff_profiles(before, after).syscalls,
              ElementsAre(std::pair(Change::kRemoved, std::string("x86_64:fork")),
                          std::pair(Change::kAdded, std::string("x86_64:socket"))));
}

TEST(ProfileDiffs, SayThatTheImagesAreOthers) {
  auto before = profile_of({});
  auto after = before;
  before.image.id = Digest::of("a");
  EXPECT_THAT(diff_profiles(before, after).notes, IsEmpty());
  after.image.id = Digest::of("b");
  EXPECT_THAT(diff_profiles(before, after).notes, ElementsAre("the profiles are of different images"));
}

}  // namespace
}  // namespace winnow
