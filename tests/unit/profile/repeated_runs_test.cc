// SPDX-License-Identifier: Apache-2.0
// Runs that stand for several recordings, and runs that were saved while they went on: in the file, in a union, and in
// the estimate of the coverage.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "winnow/base/digest.h"
#include "winnow/profile/coverage.h"
#include "winnow/profile/profile.h"

namespace winnow {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

void touch_at(AccessProfile& profile, const std::string& path, std::uint64_t ms, RunSet runs = {0}) {
  Access access;
  access.path = path;
  access.kinds = Kind::kOpen;
  access.first_ms = ms;
  access.by = "/bin/app";
  access.runs = std::move(runs);
  profile.add(access);
}

// One run, DURATION_MS after it began.
AccessProfile saved_after(std::uint64_t duration_ms) {
  AccessProfile profile;
  profile.image = {"app:1", Digest::of("app")};
  Run& run = profile.runs.emplace_back();
  run.container = "abc";
  run.started_ms = 1000;
  run.duration_ms = duration_ms;
  touch_at(profile, "/start", 1);
  return profile;
}

std::string read_error(const std::string& text) {
  const auto profile = profile_from_json(text);
  return profile ? "no error" : profile.error().what;
}

TEST(RepeatedRuns, ComeBackFromTheFileWithAllThatTheyHave) {
  AccessProfile profile = saved_after(10);
  auto& run = profile.runs[0];
  run.times = UINT64_MAX;
  run.last_ms = 1'767'225'600'000;
  run.workload = {.node = "node\n1",
                  .pod_namespace = "shop",
                  .pod = "web-\xff",
                  .container = "web",
                  .labels = {{"app.kubernetes.io/name", "web"}, {"odd\x01key", "\xfe"}, {"empty", ""}}};
  const std::string text = to_json(profile);
  const auto again = profile_from_json(text);
  ASSERT_TRUE(again) << again.error().what;
  EXPECT_EQ(again->runs, profile.runs);
  EXPECT_EQ(to_json(*again), text);
  EXPECT_THAT(text, HasSubstr("\"namespace\": \"shop\""));
  EXPECT_THAT(text, HasSubstr("\"last_ms\": 1767225600000"));
}

TEST(RepeatedRuns, AddNothingToTheFileOfARunThatIsOneAndInNoPod) {
  const std::string text = to_json(saved_after(10));
  for (const char* member : {"workload", "times", "last_ms"}) EXPECT_THAT(text, Not(HasSubstr(member)));
  const auto again = profile_from_json(text);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->runs[0].times, 1U);
  EXPECT_EQ(again->runs[0].last_ms, 0U);
  EXPECT_EQ(again->runs[0].workload, PodContainer{});
}

// The file with the member TEXT of its run.
std::string with_member(const std::string& member) {
  std::string text = to_json(saved_after(10));
  const auto at = text.find("\"backend\"");
  return text.insert(at, member + ", ");
}

TEST(RepeatedRuns, AreRefusedIfTheyAreNone) {
  EXPECT_EQ(read_error(with_member("\"times\": 3")), "no error");
  EXPECT_THAT(read_error(with_member("\"times\": 0")), HasSubstr("\"times\" is 0"));
  for (const char* wrong : {"-1", "1.5", "\"2\"", "18446744073709551616", "null", "[]"}) {
    EXPECT_NE(read_error(with_member(std::string("\"times\": ") + wrong)), "no error") << wrong;
    EXPECT_NE(read_error(with_member(std::string("\"last_ms\": ") + wrong)), "no error") << wrong;
  }
}

TEST(Workload, IsRefusedIfItIsNoneAndMayHaveMembersOfANewerWinnow) {
  EXPECT_EQ(read_error(with_member(R"("workload": {"node": "n", "labels": {"a": "b"}})")), "no error");
  EXPECT_EQ(read_error(with_member(R"("workload": {"zone": {"deep": [1]}, "node": "n"})")), "no error");
  EXPECT_EQ(read_error(with_member(R"("workload": {})")), "no error");
  for (const char* wrong : {"[]", "\"n\"", R"({"node": 1})", R"({"labels": ["a"]})", R"({"labels": {"a": 1}})",
                            R"({"labels": {"a\\zz": "b"}})", R"({"labels": null})", R"({"pod": {}})"})
    EXPECT_NE(read_error(with_member(std::string("\"workload\": ") + wrong)), "no error") << wrong;
}

// Both unions, which have to be the same bytes.
AccessProfile in_both_orders(const AccessProfile& a, const AccessProfile& b) {
  AccessProfile one = a, other = b;
  EXPECT_TRUE(one.merge(b));
  EXPECT_TRUE(other.merge(a));
  EXPECT_EQ(to_json(one), to_json(other));
  return one;
}

TEST(Merge, CountsARunOnceThatWasSavedAgainWhileItWentOn) {
  const AccessProfile early = saved_after(10);
  AccessProfile late = saved_after(500);
  touch_at(late, "/later", 400);
  late.runs[0].lost.busy = 2;
  const AccessProfile both = in_both_orders(early, late);
  ASSERT_THAT(both.runs, SizeIs(1));
  EXPECT_EQ(both.runs[0], late.runs[0]) << "as it was saved last";
  EXPECT_THAT(both.accesses, SizeIs(2));
  for (const auto& [key, access] : both.accesses) EXPECT_EQ(access.runs, RunSet{0}) << key.first;
}

TEST(Merge, CountsARunOnceThatWasSavedAgainWhenFurtherOnesHadBecomeItsOwn) {
  AccessProfile few = saved_after(10), many = saved_after(10);
  few.runs[0].times = 3;
  few.runs[0].last_ms = 5000;
  many.runs[0].times = 8;
  many.runs[0].last_ms = 9000;
  const AccessProfile both = in_both_orders(few, many);
  ASSERT_THAT(both.runs, SizeIs(1));
  EXPECT_EQ(both.runs[0].times, 8U) << "the three are among the eight";
  EXPECT_EQ(both.runs[0].last_ms, 9000U);
}

TEST(Merge, TellsRunsApartByTheirContainerTheirStartTheirRecordingAndTheirNode) {
  const AccessProfile one = saved_after(10);
  for (const int what : {0, 1, 2, 3}) {
    AccessProfile other = saved_after(20);
    if (what == 0) other.runs[0].container = "def";
    if (what == 1) other.runs[0].started_ms = 1001;
    if (what == 2) other.runs[0].recording_ms = 5;
    if (what == 3) other.runs[0].workload.node = "node-2";
    EXPECT_THAT(in_both_orders(one, other).runs, SizeIs(2)) << what;
  }
}

TEST(Merge, OfAnUnfoldedAndAFoldedProfileNeedsNoOrder) {
  AccessProfile unfolded = saved_after(10);
  for (std::uint64_t more = 1; more < 4; ++more) {
    auto run = unfolded.runs[0];
    run.started_ms += more;
    unfolded.runs.push_back(run);
  }
  unfolded.accesses.clear();
  touch_at(unfolded, "/start", 1, {0, 1, 2, 3});
  AccessProfile folded = unfolded;
  folded.fold(100);
  const AccessProfile both = in_both_orders(unfolded, folded);
  EXPECT_THAT(both.runs, SizeIs(4)) << "the first is there once, as the one that stands for four";
  EXPECT_EQ(both.runs[0].times, 4U);
}

void expect_same(const CoverageEstimate& a, const CoverageEstimate& b) {
  EXPECT_EQ(a.seen.runs, b.seen.runs);
  EXPECT_EQ(a.seen.observed, b.seen.observed);
  EXPECT_EQ(a.seen.incidences, b.seen.incidences);
  EXPECT_EQ(a.seen.once, b.seen.once);
  EXPECT_EQ(a.seen.twice, b.seen.twice);
  EXPECT_DOUBLE_EQ(a.together, b.together);
  ASSERT_EQ(a.coverage.has_value(), b.coverage.has_value());
  if (a.coverage) {
    EXPECT_DOUBLE_EQ(*a.coverage, *b.coverage);
    EXPECT_DOUBLE_EQ(*a.coverage_low, *b.coverage_low);
  }
  EXPECT_DOUBLE_EQ(a.unseen, b.unseen);
  EXPECT_DOUBLE_EQ(a.unseen_high, b.unseen_high);
  EXPECT_DOUBLE_EQ(a.next_run, b.next_run);
  EXPECT_DOUBLE_EQ(a.next_high, b.next_high);
  EXPECT_EQ(a.curve, b.curve);
  EXPECT_EQ(a.time.has_value(), b.time.has_value());
}

TEST(Coverage, WeighsAFoldedProfileAsIfItWereUnfolded) {
  std::mt19937 chance(3);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same on every machine
  std::size_t folded_away = 0;
  for (int round = 0; round < 80; ++round) {
    AccessProfile profile;
    const std::uint32_t runs = 1 + chance() % 40;
    std::vector<std::uint32_t> sets;
    for (std::uint32_t run = 0; run < runs; ++run) {
      profile.runs.emplace_back().started_ms = run;
      sets.push_back(chance() % 7);
    }
    for (std::uint32_t file = 0; file < 25; ++file) {
      RunSet in;
      const std::uint32_t of = chance() % 128;
      for (std::uint32_t run = 0; run < runs; ++run)
        if ((of >> sets[run] & 1) != 0) in.insert(run);
      if (!in.empty()) touch_at(profile, "/" + std::to_string(file), 0, in);
    }
    AccessProfile folded = profile;
    folded.fold(100);
    folded_away += profile.runs.size() - folded.runs.size();
    expect_same(estimate_coverage(folded), estimate_coverage(profile));
  }
  EXPECT_GT(folded_away, 500U) << "there was something to fold";
}

TEST(Coverage, OfOneRunThatStandsForManyIsNoCurveOverTime) {
  AccessProfile profile = saved_after(100);
  EXPECT_TRUE(estimate_coverage(profile).time);
  profile.runs[0].times = 4;
  const auto estimate = estimate_coverage(profile);
  EXPECT_FALSE(estimate.time) << "when the others touched what is not known";
  EXPECT_EQ(estimate.seen.runs, 4U);
  EXPECT_EQ(estimate.coverage, 1);
}

TEST(Coverage, IsEstimatedInTimeHoweverManyRunsAProfileSaysItStandsFor) {
  AccessProfile profile = saved_after(100);
  profile.runs[0].times = UINT64_MAX;
  profile.runs.push_back(profile.runs[0]);
  profile.runs[1].started_ms = 2000;
  touch_at(profile, "/second", 1, {1});
  const auto estimate = estimate_coverage(profile);
  EXPECT_LE(estimate.seen.runs, 1U << 20);
  EXPECT_GT(estimate.seen.runs, 1U << 19);
  ASSERT_TRUE(estimate.coverage);
  EXPECT_EQ(*estimate.coverage, 1);
}

}  // namespace
}  // namespace winnow
