// SPDX-License-Identifier: Apache-2.0
// Which runs become one, what remains of each, and that nothing else of a profile changes by it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "winnow/base/digest.h"
#include "winnow/profile/profile.h"

namespace winnow {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::size_t kMany = 100;

// A run of the container "web" of a pod, as an agent records it.
Run run_of(std::uint64_t started_ms) {
  Run run;
  run.container = "c" + std::to_string(started_ms);
  run.from_start = true;
  run.started_ms = started_ms;
  run.duration_ms = 10;
  run.backend = "fentry";
  run.kernel = "6.1";
  run.workload = {.node = "n1",
                  .pod_namespace = "shop",
                  .pod = "web-" + std::to_string(started_ms),
                  .container = "web",
                  .labels = {{"app", "web"}}};
  return run;
}

void touch(AccessProfile& profile, const std::string& path, RunSet runs) {
  Access access;
  access.path = path;
  access.kinds = Kind::kOpen;
  access.by = "/bin/app";
  access.runs = std::move(runs);
  profile.add(access);
}

// COUNT runs that all touched /a.
AccessProfile alike(std::uint32_t count) {
  AccessProfile profile;
  profile.image.id = Digest::of("app");
  for (std::uint32_t run = 0; run < count; ++run) profile.runs.push_back(run_of(100 * (run + 1)));
  RunSet all;
  all.insert(0, count - 1);
  touch(profile, "/a", all);
  return profile;
}

// The paths that each run touched.
std::vector<std::set<std::string>> touched(const AccessProfile& profile) {
  std::vector<std::set<std::string>> paths(profile.runs.size());
  for (const auto& [key, access] : profile.accesses)
    for (const auto& [first, last] : access.runs.ranges())
      for (std::uint32_t run = first; run <= last; ++run) paths.at(run).insert(key.first);
  return paths;
}

std::vector<std::uint64_t> times_of(const AccessProfile& profile) {
  std::vector<std::uint64_t> times;
  for (const Run& run : profile.runs) times.push_back(run.times);
  return times;
}

TEST(Fold, MakesOneRunOfThoseThatTouchedTheSameAndCountsThem) {
  AccessProfile profile = alike(5);
  profile.fold(kMany);
  ASSERT_THAT(profile.runs, SizeIs(1));
  EXPECT_EQ(profile.runs[0].times, 5U);
  EXPECT_EQ(profile.runs[0].container, "c100") << "the earliest";
  EXPECT_EQ(profile.runs[0].workload.pod, "web-100");
  EXPECT_EQ(profile.runs[0].last_ms, 510U) << "when the last of them ended";
  EXPECT_EQ(profile.runs[0].duration_ms, 10U);
  EXPECT_THAT(touched(profile), ElementsAre(std::set<std::string>{"/a"}));
}

TEST(Fold, LeavesARunThatIsAloneAsItIs) {
  AccessProfile profile = alike(1);
  const winnow::Run before = profile.runs[0];
  profile.fold(kMany);
  EXPECT_EQ(profile.runs[0], before) << "times 1, no last_ms";
}

TEST(Fold, KeepsRunsApartThatTouchedOtherPaths) {
  AccessProfile profile = alike(4);
  touch(profile, "/b", {1, 3});
  touch(profile, "/c", {2});
  profile.fold(kMany);
  EXPECT_THAT(times_of(profile), ElementsAre(1U, 2U, 1U));
  EXPECT_THAT(touched(profile), ElementsAre(std::set<std::string>{"/a"}, std::set<std::string>{"/a", "/b"},
                                            std::set<std::string>{"/a", "/c"}));
  EXPECT_EQ(profile.accesses.at({"/a", ""}).runs, (RunSet{0, 1, 2}));
}

TEST(Fold, TellsASetOfPathsFromItsPartsAndFromNone) {
  AccessProfile profile;
  for (std::uint64_t run = 0; run < 4; ++run) profile.runs.push_back(run_of(run + 1));
  touch(profile, "/a", {0, 2});
  touch(profile, "/b", {1, 2});
  profile.fold(kMany);
  EXPECT_THAT(profile.runs, SizeIs(4)) << "a; b; both; nothing";
}

TEST(Fold, TakesNoNoticeOfWhatDiffersBetweenPodsOfOneWorkload) {
  const std::pair<const char*, std::function<void(winnow::Run&)>> kDifferences[] = {
      {"name", [](winnow::Run& run) { run.name = "k8s_web_1"; }},
      {"recording", [](winnow::Run& run) { run.recording_ms = 77; }},
      {"duration", [](winnow::Run& run) { run.duration_ms = 99; }},
      {"recovered", [](winnow::Run& run) { run.recovered = 4; }},
      {"losses", [](winnow::Run& run) { run.lost.busy = 4; }},
      {"system calls", [](winnow::Run& run) { run.syscalls["x86_64"] = {"read"}; }},
      {"times", [](winnow::Run& run) { run.times = 3; }},
      {"the time of a visit", [](winnow::Run& run) { run.entered[0].first_ms = 8; }},
  };
  for (const auto& [what, differ] : kDifferences) {
    AccessProfile profile = alike(2);
    for (winnow::Run& run : profile.runs) run.entered = {{.command = {"sh"}, .first_ms = 1}};
    differ(profile.runs[1]);
    profile.fold(kMany);
    EXPECT_THAT(profile.runs, SizeIs(1)) << what;
  }
}

TEST(Fold, KeepsRunsApartThatHadOtherCircumstances) {
  const std::pair<const char*, std::function<void(winnow::Run&)>> kDifferences[] = {
      {"node", [](winnow::Run& run) { run.workload.node = "n2"; }},
      {"namespace", [](winnow::Run& run) { run.workload.pod_namespace = "test"; }},
      {"container of the pod", [](winnow::Run& run) { run.workload.container = "init"; }},
      {"labels", [](winnow::Run& run) { run.workload.labels["app"] = "db"; }},
      {"start", [](winnow::Run& run) { run.from_start = false; }},
      {"backend", [](winnow::Run& run) { run.backend = "syscall"; }},
      {"kernel", [](winnow::Run& run) { run.kernel = "6.2"; }},
      {"command", [](winnow::Run& run) { run.command = {"./test.sh"}; }},
      {"status", [](winnow::Run& run) { run.command_status = 1; }},
      {"visits", [](winnow::Run& run) { run.entered = {{.command = {"sh"}}}; }},
      {"health check", [](winnow::Run& run) { run.healthcheck = {"curl"}; }},
      {"volumes", [](winnow::Run& run) { run.volumes = {{.destination = "/data"}}; }},
      {"untold requests", [](winnow::Run& run) { run.io_uring_untold = {"openat"}; }},
  };
  for (const auto& [what, differ] : kDifferences) {
    AccessProfile profile = alike(3);
    differ(profile.runs[1]);
    profile.fold(kMany);
    EXPECT_THAT(times_of(profile), ElementsAre(2U, 1U)) << what;
  }
}

TEST(Fold, UnitesLossesAndSystemCallsAndTheLastEnd) {
  AccessProfile profile = alike(3);
  profile.runs[0].lost.truncated = 1;
  profile.runs[0].duration_ms = 5000;  // it ended last, though it was the first
  profile.runs[0].syscalls = {{"x86_64", {"read", "open"}}};
  profile.runs[1].lost.truncated = UINT64_MAX;
  profile.runs[1].recovered = 2;
  profile.runs[1].syscalls = {{"x86_64", {"write"}}, {"aarch64", {"openat"}}};
  profile.runs[2].runtime_syscalls = {{"x86_64", {"execve"}}};
  profile.runs[2].lost.io_uring = 3;
  profile.runs[2].times = 4;
  profile.fold(kMany);
  ASSERT_THAT(profile.runs, SizeIs(1));
  const winnow::Run& run = profile.runs[0];
  EXPECT_EQ(run.lost.truncated, UINT64_MAX) << "a sum that does not fit is the largest number";
  EXPECT_EQ(run.lost.io_uring, 3U);
  EXPECT_EQ(run.recovered, 2U);
  EXPECT_EQ(run.syscalls.at("x86_64"), (std::set<std::string>{"open", "read", "write"}));
  EXPECT_EQ(run.syscalls.at("aarch64"), (std::set<std::string>{"openat"}));
  EXPECT_EQ(run.runtime_syscalls.at("x86_64"), (std::set<std::string>{"execve"}));
  EXPECT_EQ(run.last_ms, 5100U);
  EXPECT_EQ(run.times, 6U);
  EXPECT_FALSE(profile.partial_reasons().empty()) << "what was lost in one of them is lost in all";
}

TEST(Fold, CountsNoFurtherThanANumberGoes) {
  AccessProfile profile = alike(2);
  profile.runs[0].times = UINT64_MAX - 1;
  profile.runs[1].times = 5;
  profile.fold(kMany);
  EXPECT_THAT(times_of(profile), ElementsAre(UINT64_MAX));
}

// Runs 0 and 1 are the two that are told apart; all others touched something else each.
AccessProfile six_different() {
  AccessProfile profile;
  for (std::uint32_t run = 0; run < 6; ++run) {
    profile.runs.push_back(run_of(100 * (run + 1)));
    touch(profile, "/" + std::to_string(run), {run});
  }
  return profile;
}

TEST(Fold, MakesOneRunThatCountsOnceOfAllThatAreMoreThanMost) {
  AccessProfile profile = six_different();
  profile.runs[4].workload.container = "sidecar";
  profile.runs[5].lost.busy = 7;
  profile.fold(2);
  EXPECT_THAT(times_of(profile), ElementsAre(1U, 1U, 1U, 1U));
  EXPECT_THAT(touched(profile), ElementsAre(std::set<std::string>{"/0"}, std::set<std::string>{"/1"},
                                            std::set<std::string>{"/2", "/3", "/5"}, std::set<std::string>{"/4"}))
      << "the rest of one container is no run of another";
  EXPECT_EQ(profile.runs[2].lost.busy, 7U);
  EXPECT_EQ(profile.runs[2].last_ms, 610U);
  EXPECT_THAT(profile.accesses, SizeIs(6)) << "no path is lost";
}

TEST(Fold, CountsARestOnceThoughItBeginsWithARunThatStoodForMany) {
  AccessProfile profile = six_different();
  profile.runs[2].times = 50;
  profile.fold(2);
  EXPECT_THAT(times_of(profile), ElementsAre(1U, 1U, 1U)) << "else 50 runs would have touched what 50 runs never did";
}

TEST(Fold, StillCountsRunsThatAreLikeAKnownOneWhenThereAreMoreThanMost) {
  AccessProfile profile = six_different();
  touch(profile, "/0", {5});
  profile.accesses.erase({"/5", ""});
  profile.fold(2);
  EXPECT_THAT(times_of(profile), ElementsAre(2U, 1U, 1U)) << "the last run touched what the first one did";
}

AccessProfile by_chance(std::mt19937& chance) {
  const auto below = [&](std::uint32_t limit) { return static_cast<std::uint32_t>(chance() % limit); };
  AccessProfile profile;
  const std::uint32_t runs = 1 + below(30);
  for (std::uint32_t run = 0; run < runs; ++run) {
    profile.runs.push_back(run_of(run + 1));
    if (below(4) == 0) profile.runs.back().workload.container = "init";
  }
  std::vector<std::uint32_t> kinds;  // which of a few sets each run has
  for (std::uint32_t run = 0; run < runs; ++run) kinds.push_back(below(6));
  for (std::uint32_t path = 0; path < 12; ++path) {
    RunSet touched_by;
    const std::uint32_t in = chance() % 64;
    for (std::uint32_t run = 0; run < runs; ++run)
      if ((in >> kinds[run] & 1) != 0) touched_by.insert(run);
    if (!touched_by.empty()) touch(profile, "/" + std::to_string(path), touched_by);
  }
  return profile;
}

TEST(Fold, ChangesNothingTheSecondTime) {
  std::mt19937 chance(1);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same on every machine
  for (int round = 0; round < 60; ++round)
    for (const std::size_t most : {std::size_t{3}, kMany}) {
      AccessProfile profile = by_chance(chance);
      profile.fold(most);
      const std::string once = to_json(profile);
      profile.fold(most);
      EXPECT_EQ(to_json(profile), once);
    }
}

TEST(Fold, KeepsEveryPathAndCountsEveryRun) {
  std::mt19937 chance(2);  // NOLINT(cert-msc32-c,cert-msc51-cpp)
  using Counted = std::map<std::pair<std::string, std::set<std::string>>, std::uint64_t>;
  const auto counted = [](const AccessProfile& profile) {
    Counted counts;
    const auto paths = touched(profile);
    for (std::size_t run = 0; run < profile.runs.size(); ++run)
      counts[{profile.runs[run].workload.container, paths[run]}] += profile.runs[run].times;
    return counts;
  };
  for (int round = 0; round < 60; ++round) {
    AccessProfile profile = by_chance(chance);
    const Counted before = counted(profile);
    const std::size_t paths = profile.accesses.size();
    profile.fold(kMany);
    EXPECT_EQ(counted(profile), before);
    EXPECT_EQ(profile.runs.size(), before.size()) << "one run for each";
    EXPECT_EQ(profile.accesses.size(), paths);
  }
}

TEST(Fold, OfAnEmptyProfileIsEmptyAndIndexesOfNoRunAreLeftOut) {
  AccessProfile empty;
  empty.fold(kMany);
  EXPECT_THAT(empty.runs, IsEmpty());
  AccessProfile profile = alike(2);
  touch(profile, "/by-hand", {0, 1, 4'000'000'000});
  profile.fold(kMany);
  EXPECT_EQ(profile.accesses.at({"/by-hand", ""}).runs, (RunSet{0}));
}

TEST(Select, RemovesRunsAndWhatOnlyTheyTouched) {
  AccessProfile profile = six_different();
  touch(profile, "/all", {0, 1, 2, 3, 4, 5});
  touch(profile, "/some", {0, 3, 4});
  profile.select([](const winnow::Run& run) { return run.started_ms == 200 || run.started_ms >= 500; });
  ASSERT_THAT(profile.runs, SizeIs(3));
  EXPECT_THAT(touched(profile),
              ElementsAre(std::set<std::string>{"/1", "/all"}, std::set<std::string>{"/4", "/all", "/some"},
                          std::set<std::string>{"/5", "/all"}));
  EXPECT_THAT(profile.accesses, SizeIs(5));
}

TEST(Select, OfAllChangesNothingAndOfNoneLeavesNothing) {
  AccessProfile profile = six_different();
  const std::string before = to_json(profile);
  profile.select([](const winnow::Run&) { return true; });
  EXPECT_EQ(to_json(profile), before);
  profile.select([](const winnow::Run&) { return false; });
  EXPECT_THAT(profile.runs, IsEmpty());
  EXPECT_THAT(profile.accesses, IsEmpty());
}

}  // namespace
}  // namespace winnow
