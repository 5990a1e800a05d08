// SPDX-License-Identifier: Apache-2.0
// Compares lines by their text if both runs have that, else by what is left of it without its numbers.
#include "verify/moved.h"

#include <algorithm>
#include <string>
#include <utility>

#include "verify/pieces.h"

namespace winnow::verify {

Moved::Moved(std::vector<NumberedLine> mine, std::span<const std::string_view> theirs)
    : mine_(std::move(mine)), texts_(theirs.begin(), theirs.end()) {
  std::set<std::size_t> of_mine, of_theirs;
  for (const NumberedLine& one : mine_) of_mine.insert(loose_shape_of(one.line));
  for (const std::string_view line : theirs) of_theirs.insert(loose_shape_of(line));
  std::ranges::set_intersection(of_mine, of_theirs, std::inserter(shapes_, shapes_.end()));
  alone_ = of_mine == of_theirs;
}

bool Moved::has(std::string_view line) const { return shapes_.contains(loose_shape_of(line)); }

std::optional<OutputDifference> Moved::difference(std::span<const std::string_view> slim,
                                                  std::span<const NumberedLine> free) const {
  if (shapes_.empty()) return std::nullopt;
  const std::set<std::string_view> texts(slim.begin(), slim.end());
  std::set<std::size_t> shapes;
  for (const std::string_view line : slim) shapes.insert(loose_shape_of(line));
  for (const auto& [number, line] : mine_) {
    const std::size_t shape = loose_shape_of(line);
    if (!shapes_.contains(shape)) continue;
    const bool is_there = texts_.contains(line) ? texts.contains(line) : shapes.contains(shape);
    if (!is_there) return {{number, std::string(line), {}}};
  }
  if (!alone_) return std::nullopt;
  const auto extra = std::ranges::find_if(free, [&](const NumberedLine& one) { return !has(one.line); });
  if (extra == free.end()) return std::nullopt;
  return {{extra->number, {}, std::string(extra->line)}};
}

}  // namespace winnow::verify
