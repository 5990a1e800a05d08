// SPDX-License-Identifier: Apache-2.0
// Merging profiles, and their file format.
#include "winnow/profile/profile.h"

#include <gtest/gtest.h>

#include "winnow/base/digest.h"

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
  EXPECT_EQ(all.accesses.at({"/a", ""}).runs, (RunSet{0, 1}));
  EXPECT_EQ(all.accesses.at({"/b", ""}).runs, (RunSet{1}));
}

TEST(Losses, AddUpOverAllCausesWithoutWrappingAround) {
  const Losses each{.buffers_full = 1,
                    .paths_full = 10,
                    .targets_full = 100,
                    .truncated = 1000,
                    .unreadable = 10000,
                    .busy = 100000,
                    .io_uring = 1000000};
  EXPECT_EQ(each.total(), 1111111U);
  EXPECT_EQ(Losses{}.total(), 0U);
  EXPECT_EQ((Losses{.truncated = UINT64_MAX - 4, .busy = 5}).total(), UINT64_MAX);
  Losses twice = each;
  twice += each;
  EXPECT_EQ(twice.total(), 2222222U);
}

TEST(Profile, MergingTwiceChangesNothing) {
  auto once = profile_of("c1", {access("/a", Kind::kOpen)});
  const auto other = profile_of("c2", {access("/b", Kind::kStat)});
  ASSERT_TRUE(once.merge(other));
  auto twice = once;
  ASSERT_TRUE(twice.merge(other));
  EXPECT_EQ(to_json(once), to_json(twice));
}

TEST(Profile, RemembersWhoReadADirectorysNamesInWhicheverRunItWas) {
  Access opened = access("/d", Kind::kOpen), listed = access("/d", Kind::kList, 5), again = listed;
  opened.by = "/bin/opener";
  listed.by = "/bin/ls";
  again.by = "/bin/find";
  auto one = profile_of("c1", {opened});
  ASSERT_TRUE(one.merge(profile_of("c2", {listed})));
  ASSERT_TRUE(one.merge(profile_of("c3", {again})));
  EXPECT_EQ(one.accesses.at({"/d", ""}).listed_by, (std::set<std::string>{"/bin/find", "/bin/ls"}));
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
  EXPECT_EQ(reasons[1], "1 io_uring calls were made, whose requests could not be watched (`winnow doctor` says why)");
  profile.runs[0].io_uring_untold = {"statx", "openat"};
  EXPECT_EQ(profile.partial_reasons()[2], "1 requests of io_uring have lookups that are not known (openat, statx)");
}

TEST(Profile, AMissThatNobodyCanPlaceTakesNothingFromIt) {
  auto profile = profile_of("c1", {access("/a", Kind::kOpen)});
  Access unplaced = access("/of/a/sandbox", Kind::kMiss);
  unplaced.unresolved = true;
  profile.add(unplaced);
  EXPECT_TRUE(profile.partial_reasons().empty());
}

TEST(ProfileJson, ReadsBackEverythingWithAnyBytesInNames) {
  auto profile = profile_of("c1", {access("/a\n\"\\\xff\x1b", Kind::kOpen, 7), access("/b", Kind::kMiss)});
  Access linked = access("/c/../d", Kind::kExec);
  linked.resolved = "/e\xfe";
  linked.other_mount = true;
  linked.argv0 = "-sh\xff";
  linked.also_by = {"/bin/b", "/bin/c\n"};
  linked.kinds |= Kind::kList;
  linked.listed_by = {"/bin/c\n"};
  linked.from = Actor::kHealthcheck;
  profile.add(linked);
  Access unplaced = access("relative", Kind::kStat);
  unplaced.unresolved = true;
  profile.add(unplaced);
  profile.runs[0].io_uring_untold = {"openat", "#63"};
  profile.runs[0].entered = {{{"sh", "-c", "\xfe"}, true, 5}, {{}, false, 9}};
  profile.runs[0].syscalls = {{"x86_64", {"#500", "read"}}};
  profile.runs[0].healthcheck = {"/bin/sh", "-c", "ask \xfe"};
  profile.runs[0].volumes = {{"/srv/\xfe", "static", true}, {"/tmp", std::string(64, 'a'), false}};
  profile.runs[0].recovered = 17;
  profile.runs[0].recording_ms = 1'700'000'000'000;
  profile.runs[0].command = {"sh", "-c", "echo \xff"};
  profile.runs[0].command_status = 3;
  profile.runs[0].lost.truncated = 2;
  const auto back = profile_from_json(to_json(profile));
  ASSERT_TRUE(back) << back.error().what;
  EXPECT_EQ(to_json(*back), to_json(profile));
  EXPECT_EQ(back->accesses.at({"/c/../d", "/e\xfe"}).other_mount, true);
  EXPECT_EQ(back->accesses.at({"/c/../d", "/e\xfe"}).listed_by, std::set<std::string>{"/bin/c\n"});
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
  for (const std::string_view bad : {"\"x\"", "[1]", "[-1]", "[0.5]", "\"0-\"", "\"1-0\"", "\"0,0\"", "\"0,\"",
                                     "\"0-4294967296\"", "\"0-4294967295\"", "[18446744073709551616]", "{}", "null"}) {
    std::string text = good;
    const auto at = text.rfind("\"runs\": [");
    text.replace(at + 8, text.find(']', at) - at - 7, bad);
    EXPECT_FALSE(profile_from_json(text)) << bad;
  }
  std::string unknown_kind = good;
  unknown_kind.replace(unknown_kind.find("\"open\""), 6, "\"opem\"");
  EXPECT_FALSE(profile_from_json(unknown_kind));
}

TEST(ProfileJson, SaysWhatIsWrongAndOnWhichLine) {
  const auto wrong = [](const std::string& text) { return profile_from_json(text).error().what; };
  const std::string good = to_json(profile_of("c1", {access("/a", Kind::kOpen)}));
  EXPECT_EQ(wrong("hello\nworld"), "not a profile: line 1: expected an object, found hello");
  EXPECT_EQ(wrong("{\"schema\": \"winnow.profile/1\",\n \"runs\": 7}"),
            "not a profile: line 2: expected a list, found 7}");
  EXPECT_EQ(wrong(good + "x"), "not a profile: line 50: expected the end, found x");
  const auto replaced = [&](std::string_view what, std::string_view with) {
    std::string text = good;
    text.replace(text.find(what), what.size(), with);
    return wrong(text);
  };
  EXPECT_EQ(replaced("\"first_ms\": 0,", ""), "not a profile: line 47: an access has no \"first_ms\"");
  EXPECT_EQ(replaced("\"first_ms\"", "\"path\""), "not a profile: line 42: an access has \"path\" twice");
  EXPECT_EQ(replaced("\"open\"", "\"opem\""), "not a profile: line 40: kind of access is not known: \"opem\"");
  EXPECT_EQ(replaced("\"/a\"", "\"\xff\""), "not a profile: line 38: a string that is not UTF-8");
  EXPECT_EQ(replaced("\"/a\"", "\"\\ud800\""), "not a profile: line 38: half a surrogate pair");
}

TEST(ProfileJson, ReadsWhatOtherWritersOfJsonWrite) {
  const auto read = profile_from_json(
      R"({"accesses":[{"runs":[1,0],"by":"","first_ms":0,"kinds":["open"],"path":"\u002f\u00e9\ud83d\ude00\/"},)"
      R"({"runs":"0-1","by":"","first_ms":7,"kinds":["stat"],"path":"/b","new":[{"a":-1.5e+3},null,true]}],)"
      R"("runs":[{"container":"","name":"","start":"late","started_ms":0,"duration_ms":0,"backend":"","kernel":"",)"
      R"("command":[],"command_status":-1,"lost":{"else":3}},{"container":"","name":"","start":"late","started_ms":1,)"
      R"("duration_ms":0,"backend":"","kernel":"","command":[],"command_status":null,"lost":{}}],)"
      R"("image":{"reference":"","id":""},"schema":"winnow.profile/1"})");
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(read->accesses.at({"/\xc3\xa9\xf0\x9f\x98\x80/", ""}).runs, (RunSet{0, 1}));
  EXPECT_EQ(read->accesses.at({"/b", ""}).runs, (RunSet{0, 1}));
  EXPECT_EQ(read->runs[0].command_status, -1);
}

}  // namespace
}  // namespace winnow
