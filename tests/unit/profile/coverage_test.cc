// SPDX-License-Identifier: Apache-2.0
// The estimates against numbers worked out by hand, and the words for them.
#include "winnow/profile/coverage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "profile/quantiles.h"

namespace winnow {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Access file(std::string path, RunSet runs, std::uint64_t ms = 0) {
  Access access;
  access.path = std::move(path);
  access.kinds = Kind::kOpen;
  access.runs = std::move(runs);
  access.first_ms = ms;
  return access;
}

AccessProfile profile_of(std::size_t runs, std::initializer_list<Access> accesses) {
  AccessProfile profile;
  for (std::size_t run = 0; run < runs; ++run) {
    profile.runs.emplace_back().started_ms = run;
    profile.runs.back().duration_ms = 9000;
  }
  for (const Access& access : accesses) profile.add(access);
  return profile;
}

// Two files in all of three runs, one in two, one in each alone.
AccessProfile six_files() {
  return profile_of(3, {file("/a", {0, 1, 2}), file("/b", {0, 1, 2}), file("/c", {0, 1}), file("/d", {0}),
                        file("/e", {1}), file("/f", {2})});
}

TEST(Chao2, IsTheNumberOfTheTextbookWithItsInterval) {
  const Interval unseen = chao2({.runs = 10, .observed = 20, .incidences = 60, .once = 6, .twice = 3});
  EXPECT_NEAR(unseen.expected, 5.4, 1e-9);
  EXPECT_NEAR(unseen.low, 0.9546, 1e-3);
  EXPECT_NEAR(unseen.high, 30.55, 1e-2);
}

TEST(Chao2, IsBiasCorrectedWhereNoFileIsInTwoRuns) {
  const Interval unseen = chao2({.runs = 5, .observed = 10, .incidences = 34, .once = 4, .twice = 0});
  EXPECT_NEAR(unseen.expected, 4.8, 1e-9);
  EXPECT_NEAR(unseen.low, 0.7509, 1e-3);
  EXPECT_NEAR(unseen.high, 30.68, 1e-2);
}

TEST(Chao2, LeavesRoomForTheUnseenWhereEveryFileIsInEveryRun) {
  const Interval unseen = chao2({.runs = 4, .observed = 10, .incidences = 40, .once = 0, .twice = 0});
  EXPECT_EQ(unseen.expected, 0);
  EXPECT_NEAR(unseen.high, 1.041, 1e-3);
}

TEST(Chao2, IsLessSureWhereFilesComeInGroups) {
  const Incidence seen{.runs = 10, .observed = 20, .incidences = 60, .once = 6, .twice = 3};
  EXPECT_GT(chao2(seen, 5).high, chao2(seen).high);
  EXPECT_LT(chao2(seen, 5).low, chao2(seen).low);
}

TEST(Quantiles, AreThoseOfTheTables) {
  EXPECT_NEAR(poisson_limit(0), 2.996, 1e-3);
  EXPECT_NEAR(poisson_limit(1), 4.744, 1e-3);
  EXPECT_NEAR(poisson_limit(5), 10.513, 1e-3);
  EXPECT_NEAR(normal_quantile(0.975), 1.959964, 1e-6);
  EXPECT_NEAR(normal_quantile(0.025), -1.959964, 1e-6);
  EXPECT_NEAR(normal_quantile(0.95), 1.644854, 1e-6);
  EXPECT_NEAR(normal_quantile(0.5), 0, 1e-6);
  EXPECT_NEAR(2 * gamma_quantile(5, 0.95), 18.307, 1e-3) << "chi-square, 10 degrees";
  EXPECT_NEAR(2 * gamma_quantile(0.5, 0.975), 5.024, 1e-3) << "chi-square, 1 degree";
  EXPECT_NEAR(gamma_quantile(1e6, 0.95), 1e6 + 1645.7, 1);
  EXPECT_EQ(predicted_quantile(0.5, 1, 4, 0.89), 0) << "no event has the chance sqrt(4/5)";
  EXPECT_EQ(predicted_quantile(0.5, 1, 4, 0.90), 1);
  // Where the sum gives way to the normal distribution, both say the same.
  EXPECT_NEAR(predicted_quantile(3990, 1, 10, 0.975), predicted_quantile(4010, 1, 10, 0.975), 5);
}

TEST(Coverage, CountsFilesByTheNumberOfRunsThatTouchedThem) {
  const auto estimate = estimate_coverage(six_files());
  EXPECT_EQ(estimate.seen.runs, 3U);
  EXPECT_EQ(estimate.seen.observed, 6U);
  EXPECT_EQ(estimate.seen.incidences, 11U);
  EXPECT_EQ(estimate.seen.once, 3U);
  EXPECT_EQ(estimate.seen.twice, 1U);
}

TEST(Coverage, IsTheShareOfChaoAndJost) {
  const auto estimate = estimate_coverage(six_files());
  ASSERT_TRUE(estimate.coverage);
  EXPECT_NEAR(*estimate.coverage, 0.79545, 1e-5);
  EXPECT_LT(*estimate.coverage_low, *estimate.coverage);
  EXPECT_NEAR(estimate.unseen, 3, 1e-9);
  EXPECT_NEAR(estimate.next_run, 0.75, 1e-9);
  EXPECT_NEAR(new_files_in(estimate, 1000).expected, 3, 1e-9) << "in the end all that is unseen";
}

TEST(Coverage, DrawsTheCurveOfFilesOverRuns) {
  const auto curve = estimate_coverage(six_files()).curve;
  ASSERT_EQ(curve.size(), 3U);
  EXPECT_NEAR(curve[0].second, 11.0 / 3, 1e-9);
  EXPECT_NEAR(curve[1].second, 5, 1e-9);
  EXPECT_NEAR(curve[2].second, 6, 1e-9);
}

TEST(Coverage, DoesNotTakeAlikeRunsForAProof) {
  const auto estimate = estimate_coverage(profile_of(3, {file("/a", {0, 1, 2}), file("/b", {0, 1, 2})}));
  EXPECT_EQ(*estimate.coverage, 1);
  EXPECT_LT(*estimate.coverage_low, 0.9);
  EXPECT_EQ(estimate.next_run, 0);
  EXPECT_GE(estimate.next_high, 1) << "three runs cannot rule a new file out";
}

TEST(Coverage, DoesNotLetLargeGroupsHideThatSingleFilesKeepComing) {
  AccessProfile profile = profile_of(24, {file("/x", {3}), file("/y", {9}), file("/z", {20})});
  for (int i = 0; i < 60; ++i) profile.add(file("/group/" + std::to_string(i), {1, 2, 3, 4, 5, 6}));
  const auto estimate = estimate_coverage(profile);
  EXPECT_GT(estimate.together, 50);
  EXPECT_GE(estimate.next_high, 1) << "one run in eight had a file of its own";
}

TEST(Coverage, NoticesThatFilesComeInGroups) {
  AccessProfile grouped = profile_of(6, {});
  for (int i = 0; i < 40; ++i) {
    grouped.add(file("/always/" + std::to_string(i), {0, 1, 2, 3, 4, 5}));
    grouped.add(file("/rare/" + std::to_string(i), {4}));
  }
  AccessProfile single = profile_of(40, {});
  RunSet all;
  all.insert(0, 39);
  for (std::uint32_t i = 0; i < 40; ++i) {
    single.add(file("/always/" + std::to_string(i), all));
    single.add(file("/rare/" + std::to_string(i), {i}));
  }
  EXPECT_GT(estimate_coverage(grouped).together, 20);
  EXPECT_GE(estimate_coverage(grouped).next_high, 40) << "another feature may bring as many";
  EXPECT_NEAR(estimate_coverage(single).together, 1, 0.01);
}

TEST(Coverage, LeavesOutWhatIsNoFileOfTheImage) {
  Access miss = file("/miss", {0}), mounted = file("/proc/1", {0}), nowhere = file("x", {0}), listed = file("/d", {0});
  miss.kinds = Kind::kMiss;
  mounted.other_mount = true;
  nowhere.unresolved = true;
  listed.kinds = Kind::kList;
  Access linked = file("/link", {1});
  linked.resolved = "/a";
  const auto profile = profile_of(2, {file("/a", {0}), miss, mounted, nowhere, listed, linked});
  const auto estimate = estimate_coverage(profile);
  EXPECT_EQ(estimate.seen.observed, 1U);
  EXPECT_EQ(estimate.seen.once, 0U) << "the link led to the same file";
  EXPECT_EQ(estimate_coverage(profile, [](const std::string& path) { return path != "/a"; }).seen.observed, 0U);
}

TEST(Coverage, TakesTheContainersOfOneRecordedCommandForOneRun) {
  AccessProfile profile = profile_of(5, {file("/a", {0, 1, 2, 3, 4}), file("/b", {1}), file("/c", {3, 4})});
  for (std::size_t run = 0; run < 5; ++run) profile.runs[run].recording_ms = run < 2 ? 100 : 200;
  EXPECT_EQ(estimate_coverage(profile).seen.runs, 5U) << "watched without a command, containers are runs";
  for (auto& run : profile.runs) run.command = {"./test.sh"};
  EXPECT_THAT(units_of(profile), ElementsAre(0, 0, 1, 1, 1));
  const auto estimate = estimate_coverage(profile);
  EXPECT_EQ(estimate.seen.runs, 2U);
  EXPECT_EQ(estimate.seen.once, 2U);
}

TEST(Coverage, SaysOfOneRunWhatItsLastThirdBrought) {
  auto profile = profile_of(1, {file("/a", {0}, 10), file("/b", {0}, 20), file("/c", {0}, 6100), file("/d", {0}, 6900),
                                file("/e", {0}, 8500)});
  const auto estimate = estimate_coverage(profile);
  EXPECT_FALSE(estimate.coverage);
  ASSERT_TRUE(estimate.time);
  EXPECT_EQ(estimate.time->new_files, 3U);
  EXPECT_EQ(estimate.time->new_occasions, 2U);
  EXPECT_NEAR(estimate.time->limit, 6.296, 1e-3);
  EXPECT_THAT(in_words(estimate), HasSubstr("One run cannot tell"));
}

TEST(Coverage, SaysInWordsWhatAnotherRunWouldFind) {
  const std::string words = in_words(estimate_coverage(six_files()));
  EXPECT_THAT(words, HasSubstr("3 runs touched 6 files, 3 of them in one run only"));
  EXPECT_THAT(words, HasSubstr("about 1 new file ("));
  EXPECT_EQ(in_words(estimate_coverage({})), "No run was recorded.");
}

TEST(Coverage, IsDrawnOverRunsAndOverTime) {
  const std::string runs = coverage_text(estimate_coverage(six_files()), 3);
  EXPECT_THAT(runs, HasSubstr("files in 1 to 3 runs (*), and as expected in 2 more (.)"));
  EXPECT_THAT(runs, HasSubstr("3 more runs: about "));
  EXPECT_THAT(coverage_text(estimate_coverage(profile_of(1, {file("/a", {0}, 100)})), 1),
              HasSubstr("files in the course of 9.0 s"));
  EXPECT_THAT(coverage_text(estimate_coverage({}), 1), HasSubstr("No run was recorded."));
}

TEST(Coverage, IsAnObjectForPrograms) {
  const auto json = nlohmann::json::parse(coverage_json(estimate_coverage(six_files()), 2));
  EXPECT_EQ(json.at("runs"), 3);
  EXPECT_EQ(json.at("observed"), 6);
  EXPECT_EQ(json.at("once"), 3);
  EXPECT_EQ(json.at("next").at("runs"), 2);
  EXPECT_FALSE(json.contains("time"));
  EXPECT_FALSE(nlohmann::json::parse(coverage_json(estimate_coverage({}), 1)).contains("coverage"));
}

TEST(Coverage, ExpectsMoreAfterAPauseThatWasWaitedForLong) {
  EXPECT_THAT(settled_in_words(30'000, 1), HasSubstr("at most 3 (95 %)"));
  EXPECT_THAT(settled_in_words(30'000, 50), HasSubstr("at most 7 (95 %)"));
}

TEST(Coverage, TakesTimeOfTheFilesThereAreWhateverAProfileClaims) {
  AccessProfile profile = profile_of(3, {file("/a", {0, 1, 2})});
  profile.runs[0].duration_ms = UINT64_MAX;
  for (const std::uint64_t ahead : {std::uint64_t{1}, std::uint64_t{1} << 40})
    EXPECT_GE(new_files_in(estimate_coverage(profile), ahead).high, 0);
  EXPECT_LE(estimate_coverage(profile).curve.size(), 60U);
  EXPECT_EQ(estimate_coverage({}).seen.observed, 0U);
  EXPECT_EQ(estimate_coverage(profile_of(2, {})).seen.observed, 0U);
}

}  // namespace
}  // namespace winnow
