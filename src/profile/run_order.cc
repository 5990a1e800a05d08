// SPDX-License-Identifier: Apache-2.0
// Runs sorted by time, each once, so that a union of profiles does not depend on the order in which they come.
#include "profile/run_order.h"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace winnow {
namespace {

auto identity(const Run& run) { return std::tie(run.started_ms, run.container, run.recording_ms, run.workload.node); }

// Of one run that was saved several times, the last one comes last.
bool before(const Run& a, const Run& b) {
  return std::pair(identity(a), std::tie(a.times, a.last_ms, a.duration_ms, a)) <
         std::pair(identity(b), std::tie(b.times, b.last_ms, b.duration_ms, b));
}

// Runs that stayed side by side move as one range: halves are tried until they did.
void move_range(RunSet& moved, const std::vector<std::uint32_t>& to, std::uint32_t first, std::uint32_t last) {
  if (to[last] - to[first] == last - first) {
    moved.insert(to[first], to[last]);
    return;
  }
  const std::uint32_t middle = first + (last - first) / 2;
  move_range(moved, to, first, middle);
  move_range(moved, to, middle + 1, last);
}

}  // namespace

Moves::Moves(std::vector<std::uint32_t> to) : to_(std::move(to)) {
  for (std::size_t at = 0; at < to_.size(); ++at) {
    nowhere_ = nowhere_ && to_[at] == at;
    ascending_ = ascending_ && (at == 0 || to_[at - 1] < to_[at]);
  }
}

RunSet Moves::operator()(RunSet runs) const {
  const auto count = static_cast<std::uint32_t>(to_.size());
  const bool all_there = runs.empty() || runs.ranges().back().last < count;
  if (nowhere_ && all_there) return runs;
  RunSet moved;
  for (const auto& [first, end] : runs.ranges()) {
    if (first >= count) break;
    const std::uint32_t last = std::min(end, count - 1);
    if (ascending_)
      move_range(moved, to_, first, last);
    else
      for (std::uint32_t run = first; run <= last; ++run) moved.insert(to_[run]);
  }
  return moved;
}

UnitedRuns unite_runs(std::vector<Run>& runs, std::vector<Run> more) {
  const std::size_t ours = runs.size();
  std::ranges::move(more, std::back_inserter(runs));
  std::vector<std::uint32_t> order(runs.size());
  std::iota(order.begin(), order.end(), 0U);
  const auto by_time = [&](std::uint32_t a, std::uint32_t b) { return before(runs[a], runs[b]); };
  if (!std::ranges::is_sorted(order, by_time)) std::ranges::sort(order, by_time);
  std::vector<Run> sorted;
  sorted.reserve(runs.size());
  std::vector<std::uint32_t> to(runs.size());
  for (const std::uint32_t at : order) {
    if (!sorted.empty() && identity(sorted.back()) == identity(runs[at]))
      sorted.back() = std::move(runs[at]);
    else
      sorted.push_back(std::move(runs[at]));
    to[at] = static_cast<std::uint32_t>(sorted.size() - 1);
  }
  runs = std::move(sorted);
  const auto middle = to.begin() + static_cast<std::ptrdiff_t>(ours);
  return {Moves({to.begin(), middle}), Moves({middle, to.end()})};
}

}  // namespace winnow
