// SPDX-License-Identifier: Apache-2.0
// The longest common subsequence of lines, by Myers' O(ND) method ("An O(ND) Difference Algorithm and Its Variations",
// 1986), given up if the texts have too little in common.
#include "verify/lines.h"

#include <algorithm>
#include <cctype>
#include <functional>
#include <optional>
#include <string>

#include "verify/moment.h"

namespace winnow::verify {
namespace {

using Pairs = std::vector<std::pair<std::size_t, std::size_t>>;

std::vector<std::size_t> shapes_of(std::span<const std::string_view> lines) {
  std::vector<std::size_t> shapes;
  shapes.reserve(lines.size());
  for (const std::string_view line : lines) shapes.push_back(shape_of(line));
  return shapes;
}

// How far each diagonal was reached with a number of edits, for all numbers up to the one that reaches the end.
class Frontiers {
 public:
  Frontiers(std::span<const std::size_t> one, std::span<const std::size_t> other) : one_(one), other_(other) {}

  // The pairs; nothing if it takes more than MOST_EDITS.
  std::optional<Pairs> pairs(std::size_t most_edits) {
    for (std::size_t edits = 0; edits <= most_edits; ++edits)
      if (advance(edits)) return walk_back(edits);
    return std::nullopt;
  }

 private:
  using Signed = std::ptrdiff_t;

  // On DIAGONAL (one - other), the place in one that is reached with EDITS before matching lines are followed.
  [[nodiscard]] Signed start(Signed edits, Signed diagonal) const {
    if (edits == 0) return 0;
    const auto& before = reached_[static_cast<std::size_t>(edits - 1)];
    const auto at = [&](Signed d) { return before[static_cast<std::size_t>(d + edits - 1)]; };
    if (diagonal == -edits) return at(diagonal + 1);
    if (diagonal == edits) return at(diagonal - 1) + 1;
    return goes_down(edits, diagonal) ? at(diagonal + 1) : at(diagonal - 1) + 1;
  }
  // Whether the last edit on the way to DIAGONAL took a line of the other text.
  [[nodiscard]] bool goes_down(Signed edits, Signed diagonal) const {
    const auto& before = reached_[static_cast<std::size_t>(edits - 1)];
    const auto at = [&](Signed d) { return before[static_cast<std::size_t>(d + edits - 1)]; };
    return diagonal == -edits || (diagonal != edits && at(diagonal - 1) < at(diagonal + 1));
  }

  bool advance(std::size_t number) {
    const auto edits = static_cast<Signed>(number);
    const auto length = static_cast<Signed>(one_.size()), height = static_cast<Signed>(other_.size());
    std::vector<Signed> now(2 * number + 1, 0);
    for (Signed diagonal = -edits; diagonal <= edits; diagonal += 2) {
      Signed x = start(edits, diagonal);
      while (x < length && x - diagonal < height && x - diagonal >= 0 &&
             one_[static_cast<std::size_t>(x)] == other_[static_cast<std::size_t>(x - diagonal)])
        ++x;
      now[static_cast<std::size_t>(diagonal + edits)] = x;
      if (x >= length && x - diagonal >= height) {
        reached_.push_back(std::move(now));
        return true;
      }
    }
    reached_.push_back(std::move(now));
    return false;
  }

  [[nodiscard]] Pairs walk_back(std::size_t number) const {
    Pairs pairs;
    auto x = static_cast<Signed>(one_.size());
    auto diagonal = x - static_cast<Signed>(other_.size());
    for (auto edits = static_cast<Signed>(number); edits >= 0; --edits) {
      for (const Signed begin = start(edits, diagonal); x > begin; --x)
        pairs.emplace_back(static_cast<std::size_t>(x - 1), static_cast<std::size_t>(x - 1 - diagonal));
      if (edits == 0) break;
      const bool down = goes_down(edits, diagonal);
      diagonal += down ? 1 : -1;
      x -= down ? 0 : 1;
    }
    std::ranges::reverse(pairs);
    return pairs;
  }

  std::span<const std::size_t> one_, other_;
  std::vector<std::vector<Signed>> reached_;  // by edits, then by diagonal, from the lowest
};

}  // namespace

// Each word of hexadecimal digits that has a number in it is taken for the same one, and each token.
std::size_t shape_of(std::string_view line) {
  std::string shape;
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t begin = at;
    bool number = false;
    const bool begins = at == 0 || std::isalnum(static_cast<unsigned char>(line[at - 1])) == 0;
    if (const std::size_t token = begins ? length_of_token(line.substr(at)) : 0) {
      at += token;
      shape += '\1';
      continue;
    }
    for (; at < line.size() && std::isxdigit(static_cast<unsigned char>(line[at])) != 0; ++at)
      number |= std::isdigit(static_cast<unsigned char>(line[at])) != 0;
    if (number) {
      shape += '\0';
    } else if (at > begin) {
      shape += line.substr(begin, at - begin);
    } else {
      shape += line[at++];
    }
  }
  return std::hash<std::string>{}(shape);
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    lines.push_back(text.substr(0, end == std::string_view::npos ? end : end + 1));
    text.remove_prefix(lines.back().size());
  }
  return lines;
}

Pairs alike(std::span<const std::string_view> one, std::span<const std::string_view> other, std::size_t most_edits) {
  // What is the same at both ends is most of it, most of the time.
  std::size_t before = 0, after = 0;
  const std::size_t least = std::min(one.size(), other.size());
  while (before < least && one[before] == other[before]) ++before;
  while (after < least - before && one[one.size() - 1 - after] == other[other.size() - 1 - after]) ++after;
  const auto mine = shapes_of(one.subspan(before, one.size() - after - before));
  const auto theirs = shapes_of(other.subspan(before, other.size() - after - before));
  Pairs pairs;
  for (std::size_t at = 0; at < before; ++at) pairs.emplace_back(at, at);
  if (const auto found = Frontiers(mine, theirs).pairs(most_edits)) {
    for (const auto& [x, y] : *found) pairs.emplace_back(before + x, before + y);
  } else if (mine.size() == theirs.size()) {
    for (std::size_t at = 0; at < mine.size(); ++at) pairs.emplace_back(before + at, before + at);
  }
  for (std::size_t at = 0; at < after; ++at) pairs.emplace_back(one.size() - after + at, other.size() - after + at);
  return pairs;
}

}  // namespace winnow::verify
