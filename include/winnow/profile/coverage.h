// SPDX-License-Identifier: Apache-2.0
// Estimates how much of what a workload can touch its recordings have seen, from how the files spread over the runs.
// All estimates are about further runs like the recorded ones. They say nothing about what no run had a chance to do.
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

// An estimated number with its 95 % interval.
struct Interval {
  double expected = 0, low = 0, high = 0;
};

// When files were first touched, in the course of one run.
struct TimeCurve {
  std::uint64_t duration_ms = 0;
  std::vector<std::uint64_t> first_ms;  // of each file, ascending
  // The last third of the run: its length, its new files, and the occasions on which they came. Files whose first
  // touches follow each other within one second belong to one occasion.
  std::uint64_t window_ms = 0, new_files = 0, new_occasions = 0;
  double limit = 0;  // upper 95 % limit for the number of occasions in another window like it
};

// How files spread over runs.
struct Incidence {
  std::uint64_t runs = 0;
  std::uint64_t observed = 0;         // files that any run touched
  std::uint64_t incidences = 0;       // the sum of the numbers of files that each run touched
  std::uint64_t once = 0, twice = 0;  // files that exactly one run touched, and exactly two
};

struct CoverageEstimate {
  Incidence seen;       // its runs are units: see units_of()
  double together = 1;  // files come in groups of about this size
  // The share (0 to 1) that is known of the files that another run touches, and its lower limit. Fewer than three units
  // give no estimate: these are nullopt, and TOGETHER and the six numbers below keep their initial values.
  std::optional<double> coverage, coverage_low;
  double unseen = 0, unseen_low = 0, unseen_high = 0;   // files that no run touched, but that such runs can (Chao2)
  double next_run = 0, next_low = 0, next_high = 0;     // new files in one more run
  std::vector<std::pair<std::uint64_t, double>> curve;  // (n, files expected in n of these runs), at most 60 points
  std::optional<TimeCurve> time;                        // set if the profile has exactly one run
};

// Whether a file counts; an empty function: all files count. If there is an index of the image: files_of() it.
using Counts = std::function<bool(const std::string& path)>;

// Estimates the coverage of PROFILE. Files are the paths on the image's root file system that accesses led to, but not
// directories that were only listed or entered.
CoverageEstimate estimate_coverage(const AccessProfile& profile, const Counts& counts = {});
// Returns for each run of PROFILE the number, from 0, of the unit that it belongs to. All containers in one recording
// of a command are one unit, because each may do another part of the work. A run that was recorded without a command is
// one unit.
std::vector<std::uint32_t> units_of(const AccessProfile& profile);
// Estimates the new files in the next RUNS runs (Chao et al. 2014, doi:10.1890/13-0133.1). It can be trusted for at
// most as many runs as were seen. Returns zeros if fewer than three were seen.
Interval new_files_in(const CoverageEstimate& estimate, std::uint64_t runs);
// Returns the estimate in a few sentences.
std::string in_words(const CoverageEstimate& estimate);
// Return the estimate with curves for a terminal, and as one JSON object; both with what NEXT more runs would find.
std::string coverage_text(const CoverageEstimate& estimate, std::uint64_t next);
std::string coverage_json(const CoverageEstimate& estimate, std::uint64_t next);

// Estimates the files that no run touched: Chao2, bias-corrected if no file is in two runs, with its log-normal
// interval (Chao 1987, doi:10.2307/2531532; variances as in EstimateS). TOGETHER multiplies the variance; 1 if files
// come one by one.
Interval chao2(const Incidence& seen, double together = 1);
// Returns the upper 95 % limit for the mean of a Poisson distribution of which one number is known, SEEN: 3.0 for 0.
double poisson_limit(std::uint64_t seen);
// Describes what is proven if a recording went on until nothing new came for QUIET_MS, after OCCASIONS on which
// something new came: the upper 95 % limit for the next QUIET_MS. Waiting for a pause finds one by chance, too, so each
// occasion raises the limit.
std::string settled_in_words(std::uint64_t quiet_ms, std::uint64_t occasions);
// Returns the number of occasions (see TimeCurve) in PROFILE's run.
std::uint64_t occasions_in(const AccessProfile& profile);

}  // namespace winnow
