// SPDX-License-Identifier: Apache-2.0
// The coverage estimate: incidence of files over runs, Chao2, and what further runs are expected to bring.
#include "winnow/profile/coverage.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "profile/quantiles.h"
#include "profile/run_order.h"
#include "winnow/base/path.h"

namespace winnow {
namespace {

constexpr double kLow = 0.025, kHigh = 0.975, kNormal = 1.96;
constexpr std::uint64_t kFewestRuns = 3;  // of two, each file that both touched would count as rare
constexpr std::size_t kPoints = 60;
constexpr std::uint64_t kOccasionMs = 1000;

struct File {
  RunSet units;
  std::uint64_t first_ms = 0;
};

// Nothing but directories is listed or entered; what was only looked up in vain is not there.
bool is_file(const Access& access) {
  if (access.other_mount || access.unresolved) return false;
  return std::ranges::any_of(
      std::initializer_list<Kind>{Kind::kOpen, Kind::kExec, Kind::kStat, Kind::kLstat, Kind::kReadlink, Kind::kMap},
      [&](Kind kind) { return access.kinds.has(kind); });
}

// The units of a profile, numbered so that one that stands for several runs has as many numbers, one after the other.
class Units {
 public:
  explicit Units(const AccessProfile& profile) {
    const auto units = units_of(profile);
    std::vector<std::uint64_t> times;
    for (std::size_t run = 0; run < units.size(); ++run) {
      times.resize(std::max<std::size_t>(times.size(), units[run] + 1), 1);
      if (profile.runs[run].command.empty()) times[units[run]] = profile.runs[run].times;
    }
    first_.push_back(0);
    for (const std::uint64_t one : times)
      first_.push_back(first_.back() + static_cast<std::uint32_t>(
                                           std::min(one, std::max<std::uint64_t>(1, kMostTimes / times.size()))));
    to_units_ = Moves(units);
  }
  [[nodiscard]] std::uint64_t count() const { return first_.back(); }
  [[nodiscard]] RunSet of(const RunSet& runs) const {
    RunSet numbers;
    const RunSet units = to_units_(runs);
    for (const auto& [first, last] : units.ranges()) numbers.insert(first_[first], first_[last + 1] - 1);
    return numbers;
  }

 private:
  static constexpr std::uint64_t kMostTimes = 1 << 20;  // more would only take time
  Moves to_units_;
  std::vector<std::uint32_t> first_;  // the first number of each unit, and the number behind the last unit
};

std::map<std::string, File> files_of(const AccessProfile& profile, const Units& units, const Counts& counts) {
  std::map<std::string, File> files;
  for (const auto& [key, access] : profile.accesses) {
    if (!is_file(access)) continue;
    std::string path = access.resolved.empty() ? normal_path(access.path) : access.resolved;
    if (counts && !counts(path)) continue;
    const auto [at, is_new] = files.try_emplace(std::move(path), File{{}, access.first_ms});
    at->second.units.merge(units.of(access.runs));
    at->second.first_ms = std::min(at->second.first_ms, access.first_ms);
  }
  return files;
}

std::vector<std::uint64_t> first_times(const std::map<std::string, File>& files) {
  std::vector<std::uint64_t> times;
  times.reserve(files.size());
  for (const auto& [path, file] : files) times.push_back(file.first_ms);
  std::ranges::sort(times);
  return times;
}

std::uint64_t occasions(const std::vector<std::uint64_t>& times, std::uint64_t since) {
  std::uint64_t count = 0;
  const std::uint64_t* before = nullptr;
  for (const std::uint64_t& time : times) {
    if (time >= since && (before == nullptr || *before < since || time - *before > kOccasionMs)) ++count;
    before = &time;
  }
  return count;
}

TimeCurve time_curve(const Run& run, std::vector<std::uint64_t> times) {
  TimeCurve curve;
  curve.first_ms = std::move(times);
  curve.duration_ms = std::max(run.duration_ms, curve.first_ms.empty() ? 0 : curve.first_ms.back());
  curve.window_ms = curve.duration_ms / 3;
  const std::uint64_t since = curve.duration_ms - curve.window_ms;
  curve.new_files = static_cast<std::uint64_t>(curve.first_ms.end() - std::ranges::lower_bound(curve.first_ms, since));
  curve.new_occasions = occasions(curve.first_ms, since);
  curve.limit = poisson_limit(curve.new_occasions);
  return curve;
}

// Files expected in N of RUNS runs, where BY_RUNS[k] files are in k of them (Mao's tau; Colwell et al. 2012, eq. 5).
double rarefied(std::uint64_t n, const std::vector<std::uint64_t>& by_runs) {
  const auto runs = static_cast<double>(by_runs.size() - 1);
  double files = 0;
  double none = 1;  // the chance that none of the n is among k given runs
  for (std::size_t k = 1; k < by_runs.size(); ++k) {
    const auto before = static_cast<double>(k - 1);
    none *= std::max(0.0, (runs - static_cast<double>(n) - before) / (runs - before));
    files += static_cast<double>(by_runs[k]) * (1 - none);
  }
  return files;
}

// The size of the groups in which files come, as a file sees it that is not in every run: files that were in the same
// runs are one group. Each part of a program brings its own files, and what was not seen yet is taken to be no smaller.
double group_size(const std::map<std::string, File>& files, std::uint64_t runs) {
  std::vector<const RunSet*> varying;
  for (const auto& [path, file] : files)
    if (!file.units.empty() && file.units.size() < runs) varying.push_back(&file.units);
  std::ranges::sort(varying, [](const RunSet* a, const RunSet* b) {
    return std::ranges::lexicographical_compare(a->ranges(), b->ranges(), [](const auto& x, const auto& y) {
      return std::pair(x.first, x.last) < std::pair(y.first, y.last);
    });
  });
  double squares = 0;
  for (auto at = varying.begin(); at != varying.end();) {
    const auto end = std::find_if(at, varying.end(), [&](const RunSet* one) { return *one != **at; });
    squares += static_cast<double>(end - at) * static_cast<double>(end - at);
    at = end;
  }
  return varying.empty() ? 1 : squares / static_cast<double>(varying.size());
}

void estimate_between_runs(CoverageEstimate& estimate) {
  const auto runs = static_cast<double>(estimate.seen.runs);
  const auto once = static_cast<double>(estimate.seen.once);
  const auto twice = static_cast<double>(estimate.seen.twice);
  const auto incidences = static_cast<double>(estimate.seen.incidences);
  const Interval unseen = chao2(estimate.seen, estimate.together);
  estimate.unseen = unseen.expected;
  estimate.unseen_low = unseen.low;
  estimate.unseen_high = unseen.high;
  const Interval next = new_files_in(estimate, 1);
  estimate.next_run = next.expected;
  estimate.next_low = next.low;
  estimate.next_high = next.high;
  if (incidences == 0) return;
  // Chao and Jost 2012 (doi:10.1890/11-1952.1), equation 4b and its form for no file in two runs.
  const double ones = twice > 0 ? (runs - 1) * once : (runs - 1) * std::max(0.0, once - 1);
  const double twos = twice > 0 ? 2 * twice : 2;
  estimate.coverage = once == 0 ? 1 : std::max(0.0, 1 - once / incidences * ones / (ones + twos));
  double most_new = 0;  // in a run, on average
  for (const double size : {1.0, estimate.together})
    most_new = std::max(most_new, gamma_quantile(once / size + 0.5, kHigh) * size / runs);
  estimate.coverage_low = std::clamp(1 - most_new * runs / incidences, 0.0, *estimate.coverage);
}

}  // namespace

std::vector<std::uint32_t> units_of(const AccessProfile& profile) {
  std::map<std::pair<std::uint64_t, std::vector<std::string>>, std::uint32_t> recordings;
  std::vector<std::uint32_t> units;
  std::uint32_t next = 0;
  for (const Run& run : profile.runs) {
    if (run.recording_ms == 0 || run.command.empty()) {
      units.push_back(next++);
      continue;
    }
    const auto [at, is_new] = recordings.try_emplace({run.recording_ms, run.command}, next);
    if (is_new) ++next;
    units.push_back(at->second);
  }
  return units;
}

CoverageEstimate estimate_coverage(const AccessProfile& profile, const Counts& counts) {
  const Units units(profile);
  const auto files = files_of(profile, units, counts);
  CoverageEstimate estimate;
  Incidence& seen = estimate.seen;
  seen.runs = units.count();
  seen.observed = files.size();
  std::vector<std::uint64_t> by_runs(seen.runs + 1);
  for (const auto& [path, file] : files) {
    ++by_runs[file.units.size()];
    seen.incidences += file.units.size();
  }
  if (seen.runs > 0) seen.once = by_runs[1];
  if (seen.runs > 1) seen.twice = by_runs[2];
  const std::uint64_t points = std::min<std::uint64_t>(kPoints, seen.runs);
  for (std::uint64_t point = 1; point <= points; ++point) {
    const std::uint64_t runs = point * seen.runs / points;
    estimate.curve.emplace_back(runs, rarefied(runs, by_runs));
  }
  if (profile.runs.size() == 1 && seen.runs == 1) estimate.time = time_curve(profile.runs.front(), first_times(files));
  if (seen.runs < kFewestRuns) return estimate;
  estimate.together = group_size(files, seen.runs);
  estimate_between_runs(estimate);
  return estimate;
}

Interval new_files_in(const CoverageEstimate& estimate, std::uint64_t runs) {
  if (estimate.seen.runs < kFewestRuns || runs == 0) return {};
  const auto seen = static_cast<double>(estimate.seen.runs);
  const auto once = static_cast<double>(estimate.seen.once);
  const auto ahead = static_cast<double>(runs);
  const double unseen = chao2(estimate.seen).expected;
  // The share of the unseen that AHEAD runs bring; what they bring, in runs like the last one.
  const double expected = unseen == 0 ? 0 : unseen * (1 - std::pow(1 - once / (seen * unseen + once), ahead));
  // The more is unseen, the longer it comes at the rate at which it came so far: that is the upper end.
  const double effective = once == 0 || expected == 0 ? ahead : expected * seen / once;
  // Files come one by one or in groups, by chance, at a rate that is known as well as what was seen once tells it.
  Interval more{expected, expected, 0};
  for (const double size : {1.0, estimate.together}) {
    const double shape = once / size + 0.5;
    more.low = std::min(more.low, std::floor(size * predicted_quantile(shape, effective, seen, kLow)));
    more.high = std::max(more.high, std::ceil(size * predicted_quantile(shape, ahead, seen, kHigh)));
  }
  return more;
}

Interval chao2(const Incidence& seen, double together) {
  if (seen.runs < 2 || seen.observed == 0) return {};
  const auto q1 = static_cast<double>(seen.once);
  const auto q2 = static_cast<double>(seen.twice);
  const auto observed = static_cast<double>(seen.observed);
  const double a = (static_cast<double>(seen.runs) - 1) / static_cast<double>(seen.runs);
  double unseen = 0, variance = 0;
  if (seen.twice > 0) {
    const double ratio = q1 / q2;
    unseen = a * q1 * ratio / 2;
    variance = q2 * (a / 2 * std::pow(ratio, 2) + a * a * std::pow(ratio, 3) + a * a / 4 * std::pow(ratio, 4));
  } else if (seen.once > 0) {
    unseen = a * q1 * (q1 - 1) / 2;
    variance = unseen + a * a * q1 * std::pow(2 * q1 - 1, 2) / 4 - a * a * std::pow(q1, 4) / (4 * (observed + unseen));
  }
  if (unseen > 0) {
    const double factor = std::exp(kNormal * std::sqrt(std::log(1 + together * variance / (unseen * unseen))));
    return {unseen, unseen / factor, unseen * factor};
  }
  // Every file was in two runs or more, or a single one was not.
  const double missed = std::exp(-static_cast<double>(seen.incidences) / observed);
  const double likely = observed * missed / (1 - missed);
  return {0, 0, likely + kNormal * std::sqrt(together * observed * missed) / (1 - missed)};
}

double poisson_limit(std::uint64_t seen) { return gamma_quantile(static_cast<double>(seen) + 1, 0.95); }

std::uint64_t occasions_in(const AccessProfile& profile) {
  return occasions(first_times(files_of(profile, Units(profile), {})), 0);
}

}  // namespace winnow
