// SPDX-License-Identifier: Apache-2.0
// Sets of runs as ranges: a path that a thousand runs touched costs eight bytes.
#include <algorithm>

#include "winnow/profile/access.h"

namespace winnow {
namespace {

using Range = RunSet::Range;
constexpr std::size_t kFew = 16;  // ranges that are put in one by one; more are merged side by side

// The last run that RANGE touches or borders on, and so could be one range with.
std::uint64_t reach(const Range& range) { return std::uint64_t{range.last} + 1; }

}  // namespace

RunSet::RunSet(std::initializer_list<std::uint32_t> runs) {
  for (const std::uint32_t run : runs) insert(run);
}

void RunSet::insert(std::uint32_t first, std::uint32_t last) {
  if (ranges_.empty() || reach(ranges_.back()) < first) {  // they mostly come in order
    ranges_.push_back({first, last});
    return;
  }
  // The ranges from FROM up to TO touch or border on the new one, and become one with it.
  const auto from = std::ranges::partition_point(ranges_, [&](const Range& one) { return reach(one) < first; });
  auto to = from;
  for (; to != ranges_.end() && to->first <= std::uint64_t{last} + 1; ++to) {
    first = std::min(first, to->first);
    last = std::max(last, to->last);
  }
  if (from == to) {
    ranges_.insert(from, {first, last});
    return;
  }
  *from = {first, last};
  ranges_.erase(from + 1, to);
}

void RunSet::merge(const RunSet& other) {
  if (other.ranges_.size() <= kFew) {
    for (const Range& range : other.ranges_) insert(range.first, range.last);
    return;
  }
  std::vector<Range> both;
  both.reserve(ranges_.size() + other.ranges_.size());
  std::ranges::merge(ranges_, other.ranges_, std::back_inserter(both), {}, &Range::first, &Range::first);
  ranges_.clear();
  for (const Range& range : both) {
    if (!ranges_.empty() && reach(ranges_.back()) >= range.first)
      ranges_.back().last = std::max(ranges_.back().last, range.last);
    else
      ranges_.push_back(range);
  }
}

std::uint64_t RunSet::size() const {
  std::uint64_t size = 0;
  for (const Range& range : ranges_) size += reach(range) - range.first;
  return size;
}

}  // namespace winnow
