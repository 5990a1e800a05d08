// SPDX-License-Identifier: Apache-2.0
// An estimate of coverage with its curves, for people and as JSON.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "profile/plot.h"
#include "winnow/profile/coverage.h"

namespace winnow {
namespace {

constexpr std::size_t kColumns = 60, kColumnsAhead = 20;

// The value of CURVE at X, between two of its points on the line between them.
double value_at(const std::vector<std::pair<std::uint64_t, double>>& curve, double x) {
  const auto after =
      std::ranges::find_if(curve, [&](const auto& point) { return static_cast<double>(point.first) >= x; });
  if (after == curve.begin()) return after->second;
  if (after == curve.end()) return curve.back().second;
  const auto before = after - 1;
  const auto width = static_cast<double>(after->first - before->first);
  return before->second + (after->second - before->second) * (x - static_cast<double>(before->first)) / width;
}

// Files over runs, and on from there for half as many.
std::string plot_runs(const CoverageEstimate& estimate) {
  const auto runs = static_cast<double>(estimate.seen.runs);
  constexpr std::size_t kKnown = kColumns - kColumnsAhead;
  std::vector<double> known, ahead;
  for (std::size_t column = 0; column < kKnown; ++column)
    known.push_back(value_at(estimate.curve, 1 + (runs - 1) * static_cast<double>(column) / (kKnown - 1)));
  const std::uint64_t more = (estimate.seen.runs + 1) / 2;
  const double most = new_files_in(estimate, more).expected;
  std::vector<std::pair<std::uint64_t, double>> on = {{0, 0.0}};
  for (std::uint64_t step = 1; step <= std::min<std::uint64_t>(more, kColumnsAhead); ++step) {
    const std::uint64_t further = step * more / std::min<std::uint64_t>(more, kColumnsAhead);
    on.emplace_back(further, further == more ? most : new_files_in(estimate, further).expected);
  }
  for (std::size_t column = 1; column <= kColumnsAhead; ++column)
    ahead.push_back(known.back() +
                    value_at(on, static_cast<double>(more) * static_cast<double>(column) / kColumnsAhead));
  return plot(known, ahead) +
         fmt::format("{:>10}files in 1 to {} runs (*), and as expected in {} more (.)\n", "", estimate.seen.runs, more);
}

std::string plot_time(const TimeCurve& time) {
  std::vector<double> files;
  for (std::size_t column = 0; column < kColumns; ++column) {
    const auto until =
        static_cast<std::uint64_t>(static_cast<double>(time.duration_ms) * static_cast<double>(column + 1) / kColumns);
    files.push_back(static_cast<double>(std::ranges::upper_bound(time.first_ms, until) - time.first_ms.begin()));
  }
  return plot(files, {}) +
         fmt::format("{:>10}files in the course of {:.1f} s\n", "", static_cast<double>(time.duration_ms) / 1000);
}

nlohmann::ordered_json interval(double expected, double low, double high) {
  return {{"expected", expected}, {"low", low}, {"high", high}};
}

}  // namespace

std::string coverage_json(const CoverageEstimate& estimate, std::uint64_t next) {
  nlohmann::ordered_json json = {{"runs", estimate.seen.runs},
                                 {"observed", estimate.seen.observed},
                                 {"once", estimate.seen.once},
                                 {"twice", estimate.seen.twice}};
  if (estimate.coverage) {
    json["coverage"] = *estimate.coverage;
    json["coverage_low"] = estimate.coverage_low.value_or(0);
    json["unseen"] = interval(estimate.unseen, estimate.unseen_low, estimate.unseen_high);
    json["next_run"] = interval(estimate.next_run, estimate.next_low, estimate.next_high);
    const Interval more = new_files_in(estimate, next);
    json["next"] = interval(more.expected, more.low, more.high);
    json["next"]["runs"] = next;
    json["together"] = estimate.together;
  }
  json["curve"] = estimate.curve;
  if (estimate.time)
    json["time"] = {{"duration_ms", estimate.time->duration_ms},
                    {"window_ms", estimate.time->window_ms},
                    {"new_files", estimate.time->new_files},
                    {"new_occasions", estimate.time->new_occasions},
                    {"limit", estimate.time->limit},
                    {"first_ms", estimate.time->first_ms}};
  return json.dump() + "\n";
}

std::string coverage_text(const CoverageEstimate& estimate, std::uint64_t next) {
  std::string text;
  if (estimate.coverage) text += plot_runs(estimate) + "\n";
  if (estimate.time && estimate.time->duration_ms > 0) text += plot_time(*estimate.time) + "\n";
  text += in_words(estimate) + "\n";
  if (next > 1) {
    const Interval more = new_files_in(estimate, next);
    text += fmt::format("{} more runs: about {:.0f} new files ({:.0f} to {:.0f}).\n", next, more.expected, more.low,
                        more.high);
  }
  return text + "This speaks of runs like the recorded ones. What none of them had a chance to do is not in it.\n";
}

}  // namespace winnow
