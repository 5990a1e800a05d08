// SPDX-License-Identifier: Apache-2.0
// Whether the coverage estimate keeps its word: from a part of real runs it foretells how many files the others will
// add.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "winnow/base/file.h"
#include "winnow/profile/coverage.h"

namespace winnow {
namespace {

// 24 runs of the image each, made by runs/record.sh: every run does what chance has it do.
AccessProfile recorded(const std::string& image) {
  const auto text = read_file(std::string(WINNOW_RUNS) + "/" + image + ".json");
  return profile_from_json(text.value()).value();
}

AccessProfile only(const AccessProfile& all, const std::vector<std::uint32_t>& runs) {
  AccessProfile part;
  for (const std::uint32_t run : runs) part.runs.push_back(all.runs.at(run));
  for (const auto& [key, access] : all.accesses) {
    Access one = access;
    one.runs = {};
    for (std::uint32_t at = 0; at < runs.size(); ++at)
      for (const auto& [first, last] : access.runs.ranges())
        if (first <= runs[at] && runs[at] <= last) one.runs.insert(at);
    if (!one.runs.empty()) part.add(one);
  }
  return part;
}

using Predict = Interval (*)(const CoverageEstimate&, std::uint64_t);

struct Score {
  double held = 0;      // the share of the splits whose number was inside the interval
  double expected = 0;  // new files, on average
  double actual = 0;
};

// Takes KNOWN of the runs by chance, and asks PREDICT for what AHEAD others add to them.
Score score(const AccessProfile& all, std::size_t known, std::size_t ahead, Predict predict, int splits) {
  std::mt19937 chance(known * 100 + ahead);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same on every machine
  std::vector<std::uint32_t> order(all.runs.size());
  std::iota(order.begin(), order.end(), 0U);
  Score sum;
  for (int split = 0; split < splits; ++split) {
    for (std::size_t at = order.size() - 1; at > 0; --at) std::swap(order[at], order[chance() % (at + 1)]);
    std::vector<std::uint32_t> runs(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(known));
    const auto estimate = estimate_coverage(only(all, runs));
    runs.assign(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(known + ahead));
    const auto added = static_cast<double>(estimate_coverage(only(all, runs)).seen.observed - estimate.seen.observed);
    const Interval said = predict(estimate, ahead);
    sum.held += said.low <= added && added <= said.high ? 1.0 / splits : 0;
    sum.expected += said.expected / splits;
    sum.actual += added / splits;
  }
  return sum;
}

struct Trial {
  const char* image;
  std::size_t known, ahead;
};
const Trial kTrials[] = {
    {"nginx", 3, 1},  {"nginx", 3, 3},  {"nginx", 6, 1},  {"nginx", 6, 6},  {"nginx", 12, 12},
    {"python", 3, 1}, {"python", 3, 3}, {"python", 6, 1}, {"python", 6, 6}, {"python", 12, 12},
    {"batch", 3, 1},  {"batch", 3, 3},  {"batch", 6, 1},  {"batch", 6, 6},  {"batch", 12, 12},
};

constexpr int kFewSplits = 25;  // enough to notice what is wrong

struct Total {
  double held = 0, worst = 1;       // of the trials, on average, and the least
  double expected = 0, actual = 0;  // summed up
};

Total judge(Predict predict, int splits) {
  Total total;
  for (const auto& [image, known, ahead] : kTrials) {
    const Score got = score(recorded(image), known, ahead, predict, splits);
    std::printf("%-7s %2zu runs, %2zu more: held %.2f, expected %.1f, came %.1f\n", image, known, ahead, got.held,
                got.expected, got.actual);
    total.held += got.held / std::size(kTrials);
    total.worst = std::min(total.worst, got.held);
    total.expected += got.expected;
    total.actual += got.actual;
  }
  return total;
}

TEST(Calibration, IntervalsHoldWhatFurtherRunsBring) {
  const Total total = judge(new_files_in, 100);
  EXPECT_GE(total.held, 0.95);
  EXPECT_GE(total.worst, 0.9);
  EXPECT_NEAR(total.expected / total.actual, 1, 0.15) << "neither too many nor too few are expected";
}

TEST(Calibration, WouldNoticeIntervalsThatAreTooNarrow) {
  const Total total = judge(
      [](const CoverageEstimate& estimate, std::uint64_t ahead) {
        const Interval said = new_files_in(estimate, ahead);
        return Interval{said.expected, (said.expected + said.low) / 2, (said.expected + said.high) / 2};
      },
      kFewSplits);
  EXPECT_LT(total.held, 0.95);
  EXPECT_LT(total.worst, 0.9);
}

TEST(Calibration, WouldNoticeThatRareFilesAreMistaken) {
  const Total total = judge(
      [](const CoverageEstimate& estimate, std::uint64_t ahead) {
        CoverageEstimate wrong = estimate;
        std::swap(wrong.seen.once, wrong.seen.twice);
        return new_files_in(wrong, ahead);
      },
      kFewSplits);
  EXPECT_GT(std::abs(total.expected / total.actual - 1), 0.15);
}

TEST(Calibration, WouldNoticeThatFilesWereTakenToComeOneByOne) {
  const Total total = judge(
      [](const CoverageEstimate& estimate, std::uint64_t ahead) {
        CoverageEstimate wrong = estimate;
        wrong.together = 1;
        return new_files_in(wrong, ahead);
      },
      kFewSplits);
  EXPECT_LT(total.held, 0.9);
}

}  // namespace
}  // namespace winnow
