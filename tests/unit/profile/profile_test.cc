// SPDX-License-Identifier: Apache-2.0
// Merging profiles, and their file format.
#include "winnow/profile.h"

#include <gtest/gtest.h>

namespace winnow {
namespace {

Access access(std::string path, Kind kind, std::uint64_t ms = 0, std::string by = "/bin/a") {
  Access one;
  one.path = std::move(path);
  one.kinds = kind;
  one.first_ms = ms;
  one.by = std::move(by);
  one.runs = {0};
  return one;
}

AccessProfile profile_of(std::string container, std::initializer_list<Access> accesses) {
  AccessProfile profile;
  profile.image = {"app", Digest::of("app")};
  Run run;
  run.container = std::move(container);
  run.from_start = true;
  run.backend = "syscall";
  profile.runs = {run};
  for (const Access& one : accesses) profile.add(one);
  return profile;
}

TEST(Profile, UnitesSightingsOfOnePath) {
  const auto profile =
      profile_of("c1", {access("/a", Kind::kStat, 9, "/bin/late"), access("/a", Kind::kOpen, 3, "/bin/early")});
  ASSERT_EQ(profile.accesses.size(), 1u);
  const Access& one = profile.accesses.begin()->second;
  EXPECT_TRUE(one.kinds.has(Kind::kStat) && one.kinds.has(Kind::kOpen));
  EXPECT_EQ(one.by, "/bin/early");
  EXPECT_EQ(one.first_ms, 3u);
}

TEST(Profile, CountsAPathOnTheImageOnceItWasSeenThereEvenIfAlsoOnAMount) {
  Access mounted = access("/a", Kind::kOpen);
  mounted.other_mount = true;
  EXPECT_FALSE(profile_of("c1", {mounted, access("/a", Kind::kOpen)}).accesses.begin()->second.other_mount);
  EXPECT_TRUE(profile_of("c1", {mounted, mounted}).accesses.begin()->second.other_mount);
}

TEST(Profile, MergeKeepsTheRunsOfEachPathApart) {
  auto all = profile_of("c1", {access("/a", Kind::kOpen)});
  ASSERT_TRUE(all.merge(profile_of("c2", {access("/a", Kind::kOpen), access("/b", Kind::kOpen)})));
  ASSERT_EQ(all.runs.size(), 2u);
  EXPECT_EQ(all.accesses.at({"/a", ""}).runs, (std::set<std::uint32_t>{0, 1}));
  EXPECT_EQ(all.accesses.at({"/b", ""}).runs, (std::set<std::uint32_t>{1}));
}

TEST(Profile, MergingTwiceChangesNothing) {
  auto once = profile_of("c1", {access("/a", Kind::kOpen)});
  const auto other = profile_of("c2", {access("/b", Kind::kStat)});
  ASSERT_TRUE(once.merge(other));
  auto twice = once;
  ASSERT_TRUE(twice.merge(other));
  EXPECT_EQ(to_json(once), to_json(twice));
}

TEST(Profile, RefusesToMergeDifferentImagesUnlessAsked) {
  auto one = profile_of("c1", {access("/a", Kind::kOpen)});
  auto other = profile_of("c2", {access("/b", Kind::kOpen)});
  other.image.id = Digest::of("other");
  EXPECT_FALSE(one.merge(other));
  EXPECT_TRUE(one.merge(other, true));
}

TEST(Profile, IsPartialWithAReasonForEachCauseOfLoss) {
  auto profile = profile_of("c1", {access("/a", Kind::kOpen)});
  EXPECT_TRUE(profile.partial_reasons().empty());
  profile.runs[0].lost.buffers_full = 3;
  profile.runs[0].lost.io_uring = 1;
  const auto reasons = profile.partial_reasons();
  ASSERT_EQ(reasons.size(), 2u);
  Access unplaced = access("relative", Kind::kStat);
  unplaced.unresolved = true;
  profile.add(unplaced);
  EXPECT_EQ(profile.partial_reasons().size(), 3u);
  EXPECT_EQ(reasons[0], "3 events found the ring buffer and the overflow map full");
}

TEST(ProfileJson, ReadsBackEverythingWithAnyBytesInNames) {
  auto profile = profile_of("c1", {access("/a\n\"\\\xff\x1b", Kind::kOpen, 7), access("/b", Kind::kMiss)});
  Access linked = access("/c/../d", Kind::kExec);
  linked.resolved = "/e\xfe";
  linked.other_mount = true;
  linked.argv0 = "-sh\xff";
  linked.also_by = {"/bin/b", "/bin/c\n"};
  linked.from = Actor::kHealthcheck;
  profile.add(linked);
  Access unplaced = access("relative", Kind::kStat);
  unplaced.unresolved = true;
  profile.add(unplaced);
  profile.runs[0].entered = {{{"sh", "-c", "\xfe"}, true, 5}, {{}, false, 9}};
  profile.runs[0].syscalls = {{"x86_64", {"#500", "read"}}};
  profile.runs[0].recovered = 17;
  profile.runs[0].command = {"sh", "-c", "echo \xff"};
  profile.runs[0].command_status = 3;
  profile.runs[0].lost.truncated = 2;
  const auto back = profile_from_json(to_json(profile));
  ASSERT_TRUE(back) << back.error().what;
  EXPECT_EQ(to_json(*back), to_json(profile));
  EXPECT_EQ(back->accesses.at({"/c/../d", "/e\xfe"}).other_mount, true);
  EXPECT_EQ(back->runs, profile.runs);
  EXPECT_EQ(back->accesses.at({"/c/../d", "/e\xfe"}).from, Actors(Actor::kHealthcheck));
  EXPECT_TRUE(back->accesses.at({"relative", ""}).unresolved);
}

TEST(ProfileJson, RefusesANewerVersionByName) {
  std::string text = to_json(profile_of("c1", {access("/a", Kind::kOpen)}));
  text.replace(text.find("profile/1"), 9, "profile/2");
  const auto back = profile_from_json(text);
  ASSERT_FALSE(back);
  EXPECT_NE(back.error().what.find("winnow.profile/2"), std::string::npos) << back.error().what;
}

TEST(ProfileJson, RefusesWhatIsNotAProfileWithoutCrashing) {
  const std::string good = to_json(profile_of("c1", {access("/a", Kind::kOpen)}));
  ASSERT_TRUE(profile_from_json(good));
  for (std::size_t cut = 0; cut + 2 < good.size(); cut += 7)
    EXPECT_FALSE(profile_from_json(good.substr(0, cut))) << cut;
  for (const char* text : {"", "[]", "{}", "null", R"({"schema":7})", R"({"schema":"winnow.profile/1"})"})
    EXPECT_FALSE(profile_from_json(text)) << text;
  EXPECT_FALSE(profile_from_json(std::string(100'000, '[')));
  std::string unknown_kind = good;
  unknown_kind.replace(unknown_kind.find("\"open\""), 6, "\"opem\"");
  EXPECT_FALSE(profile_from_json(unknown_kind));
}

}  // namespace
}  // namespace winnow
