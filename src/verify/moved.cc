// SPDX-License-Identifier: Apache-2.0
// Pairs the lines of both runs that are alike: first those of the same text, last those that differ in numbers without
// a digit too.
#include "verify/moved.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "verify/lines.h"

namespace winnow::verify {
namespace {

using ByShape = std::map<std::size_t, std::vector<NumberedLine>>;

std::size_t same_texts(const std::vector<NumberedLine>& mine, const std::vector<NumberedLine>& theirs) {
  std::multiset<std::string_view> texts;
  for (const NumberedLine& one : theirs) texts.insert(one.line);
  std::size_t same = 0;
  for (const NumberedLine& one : mine)
    if (const auto found = texts.find(one.line); found != texts.end()) {
      texts.erase(found);
      ++same;
    }
  return same;
}

}  // namespace

Moved::Moved(const std::vector<NumberedLine>& mine, std::span<const std::string_view> theirs) {
  ByShape my_lines, their_lines;
  for (const NumberedLine& one : mine) my_lines[loose_shape_of(one.line)].push_back(one);
  for (const std::string_view line : theirs) their_lines[loose_shape_of(line)].push_back({0, line});
  alone_ = std::ranges::equal(my_lines, their_lines, {}, &ByShape::value_type::first, &ByShape::value_type::first);
  for (auto& [shape, lines] : my_lines) {
    const auto there = their_lines.find(shape);
    if (there == their_lines.end()) continue;
    std::vector<Wanted>& wanted = wanted_[shape];
    const auto pair_by = [&](const auto& key) {
      std::multimap<decltype(key(std::string_view())), std::string_view> others;
      for (const NumberedLine& one : there->second) others.emplace(key(one.line), one.line);
      std::multiset<std::string_view> taken;
      std::erase_if(lines, [&](const NumberedLine& one) {
        const auto other = others.find(key(one.line));
        if (other == others.end()) return false;
        wanted.push_back({one, {one.line, other->second}});
        taken.insert(other->second);
        others.erase(other);
        return true;
      });
      std::erase_if(there->second, [&](const NumberedLine& one) {
        const auto gone = taken.find(one.line);
        if (gone == taken.end()) return false;
        taken.erase(gone);
        return true;
      });
    };
    // Of many lines that all vary, some are the same by chance.
    if (2 * same_texts(lines, there->second) >= std::min(lines.size(), there->second.size()))
      pair_by([](std::string_view line) { return line; });
    pair_by([](std::string_view line) { return shape_of(line); });
    pair_by([](std::string_view) { return 0; });
  }
}

Moved::Answer Moved::difference(std::span<const std::string_view> slim, std::span<const NumberedLine> free,
                                std::size_t most_fits) const {
  if (wanted_.empty()) return {};
  std::size_t fits = 0;
  const auto is_like = [&](const Wanted& wanted, std::string_view line) {
    return line == wanted.mine.line || ++fits > most_fits || wanted.pattern.fits(line);
  };
  const std::set<std::string_view> texts(slim.begin(), slim.end());
  std::map<std::size_t, std::vector<std::string_view>> shapes;
  for (const std::string_view line : slim)
    if (const std::size_t shape = loose_shape_of(line); wanted_.contains(shape)) shapes[shape].push_back(line);
  const Wanted* gone = nullptr;
  for (const auto& [shape, all] : wanted_)
    for (const Wanted& one : all) {
      if (texts.contains(one.mine.line) || (gone != nullptr && gone->mine.number < one.mine.number)) continue;
      const auto is_there = [&](std::string_view line) { return is_like(one, line); };
      if (std::ranges::none_of(shapes[shape], is_there)) gone = &one;
    }
  if (gone != nullptr) return {.difference = {{gone->mine.number, std::string(gone->mine.line), {}}}};
  if (!alone_) return {.difference = {}, .given_up = fits > most_fits};
  const auto is_new = [&](const NumberedLine& line) {
    const auto known = wanted_.find(loose_shape_of(line.line));
    return known == wanted_.end() ||
           std::ranges::none_of(known->second, [&](const Wanted& one) { return is_like(one, line.line); });
  };
  const auto extra = std::ranges::find_if(free, is_new);
  if (extra == free.end()) return {.difference = {}, .given_up = fits > most_fits};
  return {.difference = {{extra->number, {}, std::string(extra->line)}}};
}

}  // namespace winnow::verify
