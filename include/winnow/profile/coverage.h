// SPDX-License-Identifier: Apache-2.0
// How much of what a workload can touch its recordings have seen: estimates from how the files spread over the runs.
// All of it speaks of runs like the recorded ones. Of what no run had a chance to do, it can say nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "winnow/profile/profile.h"

namespace winnow {

// A number with its 95 % interval.
struct Interval {
  double expected = 0, low = 0, high = 0;
};

// When files were first touched, in the course of one run.
struct TimeCurve {
  std::uint64_t duration_ms = 0;
  std::vector<std::uint64_t> first_ms;  // of each file, ascending
  // The last third of the run, and what was new in it. Files that come within a second of each other are one occasion.
  std::uint64_t window_ms = 0, new_files = 0, new_occasions = 0;
  double limit = 0;  // upper 95 % limit for the occasions in another window like it
};

// How files spread over runs.
struct Incidence {
  std::uint64_t runs = 0;
  std::uint64_t observed = 0;         // files that any run touched
  std::uint64_t incidences = 0;       // the runs' numbers of files, summed up
  std::uint64_t once = 0, twice = 0;  // files that exactly one, exactly two runs touched
};

struct CoverageEstimate {
  Incidence seen;       // its runs are units: see units_of()
  double together = 1;  // files come in groups of about this size
  // The share, 0 to 1, of the files that another run touches which are known. Nothing for less than two runs, as all
  // below.
  std::optional<double> coverage, coverage_low;
  double unseen = 0, unseen_low = 0, unseen_high = 0;   // files that no run touched but such runs can (Chao2)
  double next_run = 0, next_low = 0, next_high = 0;     // new files in another run
  std::vector<std::pair<std::uint64_t, double>> curve;  // (n, files expected in n of these runs), at most 60 points
  std::optional<TimeCurve> time;                        // of a profile of one run
};

// Which files count; empty: all. With an image's index at hand, those that are in the image.
using Counts = std::function<bool(const std::string& path)>;

// A file is what an access led to on the image's own file system, and more than a directory that was listed or entered.
CoverageEstimate estimate_coverage(const AccessProfile& profile, const Counts& counts = {});
// For each run of PROFILE the number of the unit that it belongs to, from 0. The containers of one recording of a
// command are one unit: each may have another part in it. A run that was recorded without a command is a unit of its
// own.
std::vector<std::uint32_t> units_of(const AccessProfile& profile);
// New files in the next RUNS runs (Chao et al. 2014, doi:10.1890/13-0133.1): as many as were seen at most, of three or
// more.
Interval new_files_in(const CoverageEstimate& estimate, std::uint64_t runs);
// What the estimate says, in a sentence or a few.
std::string in_words(const CoverageEstimate& estimate);
// The same with curves, for a terminal, and as one JSON object; both with what NEXT more runs would find.
std::string coverage_text(const CoverageEstimate& estimate, std::uint64_t next);
std::string coverage_json(const CoverageEstimate& estimate, std::uint64_t next);

// Files that no run touched: Chao2, bias-corrected where no file is in two runs, and its log-normal interval (Chao
// 1987, doi:10.2307/2531532; variances as in EstimateS). TOGETHER multiplies the variance: 1 where files come one by
// one.
Interval chao2(const Incidence& seen, double together = 1);
// Upper 95 % limit for the mean of a Poisson number that was SEEN once: 3.0 for none.
double poisson_limit(std::uint64_t seen);
// Nothing new for QUIET_MS was waited for, and came at last after OCCASIONS on which something was new: what that
// proves of as long a time again. Who waits for a pause finds one by chance, so that each occasion raises the limit.
std::string settled_in_words(std::uint64_t quiet_ms, std::uint64_t occasions);
// The occasions in the course of PROFILE's run: see TimeCurve.
std::uint64_t occasions_in(const AccessProfile& profile);

}  // namespace winnow
