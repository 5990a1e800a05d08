// SPDX-License-Identifier: Apache-2.0
// A pattern from two runs on the source image, and the first line of the slim image's output that does not fit it. A
// line that both runs have, each in another place, has no place in the pattern; it has to be there all the same.
#include "winnow/verify/output.h"

#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "verify/lines.h"
#include "verify/moved.h"
#include "verify/pieces.h"

namespace winnow {
namespace {

constexpr std::size_t kMostSteps = 100'000'000;  // of matching: a pattern with many gaps has many ways to fit

using Lines = std::vector<std::string_view>;
using Pairs = std::vector<std::pair<std::size_t, std::size_t>>;

// What a line of the slim image's output has to be.
struct Item {
  std::string_view line;                            // of the source's output
  std::size_t number = 0;                           // which one, from 1
  std::optional<verify::LinePattern> pattern = {};  // none: the whole line
  bool any = false;                                 // any number of any lines
};

// Lines of two texts between two that are alike; both ranges may be empty.
struct Gap {
  std::size_t my_begin, my_end, their_begin, their_end;
};

// One before each of PAIRS, and one behind the last.
std::vector<Gap> gaps_between(const Pairs& pairs, const Lines& one, const Lines& other) {
  std::vector<Gap> gaps;
  std::size_t mine = 0, theirs = 0;
  for (const auto& [my_line, their_line] : pairs) {
    gaps.push_back({mine, my_line, theirs, their_line});
    mine = my_line + 1;
    theirs = their_line + 1;
  }
  gaps.push_back({mine, one.size(), theirs, other.size()});
  return gaps;
}

verify::Moved moved_lines(const std::vector<Gap>& gaps, const Lines& source, const Lines& again) {
  std::vector<verify::NumberedLine> mine;
  Lines theirs;
  for (const Gap& gap : gaps) {
    for (std::size_t at = gap.my_begin; at < gap.my_end; ++at) mine.push_back({at + 1, source[at]});
    for (std::size_t at = gap.their_begin; at < gap.their_end; ++at) theirs.push_back(again[at]);
  }
  return {mine, theirs};
}

using Shapes = std::vector<std::size_t>;

Shapes loose_shapes_of(const Lines& lines) {
  Shapes shapes;
  shapes.reserve(lines.size());
  for (const std::string_view line : lines) shapes.push_back(verify::loose_shape_of(line));
  return shapes;
}

// Those that stand several times in a row, in either run, if one of them does so another number of times in the other
// run: what waits for something says so as often as it has to.
std::set<std::size_t> repeated(const Shapes& source, const Shapes& again) {
  std::map<std::size_t, std::ptrdiff_t> more;  // in SOURCE than in AGAIN
  std::set<std::size_t> in_a_row;
  for (const Shapes* const run : {&source, &again})
    for (std::size_t at = 0; at < run->size(); ++at) {
      more[(*run)[at]] += run == &source ? 1 : -1;
      if (at > 0 && (*run)[at] == (*run)[at - 1]) in_a_row.insert((*run)[at]);
    }
  if (std::ranges::none_of(in_a_row, [&](std::size_t shape) { return more.at(shape) != 0; })) in_a_row.clear();
  return in_a_row;
}

// Lines of both runs, in the same order in both, that are the same ones. Others are left out though they are alike:
// what is printed in no order has some lines in the same order by chance.
Pairs fellows(const Lines& source, const Lines& again) {
  Pairs pairs = verify::alike(source, again);
  const auto gaps = gaps_between(pairs, source, again);
  const auto is_empty = [](const Gap& gap) { return gap.my_begin == gap.my_end && gap.their_begin == gap.their_end; };
  if (std::ranges::all_of(gaps, is_empty)) return pairs;
  const Shapes mine = loose_shapes_of(source), theirs = loose_shapes_of(again);
  const auto first = std::ranges::find_if_not(gaps, is_empty) - gaps.begin();
  const auto last = std::ranges::find_if_not(gaps.rbegin(), gaps.rend(), is_empty).base() - gaps.begin() - 1;
  const auto sorted = [](const Shapes& shapes, std::size_t begin, std::size_t end) {
    Shapes part(shapes.begin() + static_cast<std::ptrdiff_t>(begin), shapes.begin() + static_cast<std::ptrdiff_t>(end));
    std::ranges::sort(part);
    return part;
  };
  const Gap& from = gaps[static_cast<std::size_t>(first)];
  const Gap& to = gaps[static_cast<std::size_t>(last)];
  if (first < last && sorted(mine, from.my_begin, to.my_end) == sorted(theirs, from.their_begin, to.their_end)) {
    auto begin = pairs.begin() + first, end = pairs.begin() + last;
    // The first and the last of them, too, may have been so twice by chance.
    std::set<std::size_t> forms;
    for (std::size_t at = from.my_begin; at < to.my_end; ++at) forms.insert(verify::form_of(source[at]));
    const auto is_one = [&](const auto& pair) { return forms.contains(verify::form_of(source[pair.first])); };
    while (begin != pairs.begin() && is_one(*std::prev(begin))) --begin;
    while (end != pairs.end() && is_one(*end)) ++end;
    pairs.erase(begin, end);
    return pairs;
  }
  const std::set<std::size_t> often = repeated(mine, theirs);
  std::erase_if(pairs, [&](const auto& pair) { return often.contains(mine[pair.first]); });
  return pairs;
}

// Of a text whose rest is not known, the end fits.
struct Cut {
  bool source = false, slim = false;
};

class Pattern {
 public:
  Pattern(const Lines& source, const Lines& again)
      : pairs_(fellows(source, again)),
        gaps_(gaps_between(pairs_, source, again)),
        moved_(moved_lines(gaps_, source, again)) {
    for (std::size_t at = 0; at < gaps_.size(); ++at) {
      add_gap(gaps_[at], source, again);
      if (at < pairs_.size()) add(source, pairs_[at].first, again[pairs_[at].second]);
    }
  }

  [[nodiscard]] std::size_t varying() const { return varying_; }
  // Sets what differs first, or that it took too long to know.
  void match(const Lines& slim, Cut cut, OutputComparison& result) const;

 private:
  void add(const Lines& source, std::size_t at, std::string_view other) {
    Item item{.line = source[at], .number = at + 1};
    if (source[at] != other) {
      item.pattern.emplace(source[at], other);
      ++varying_;
    }
    items_.push_back(std::move(item));
  }

  // Lines in the same places of both runs are the same ones, unless one of them is in another place of the other run.
  void add_gap(const Gap& gap, const Lines& source, const Lines& again) {
    const auto mine = std::span(source).subspan(gap.my_begin, gap.my_end - gap.my_begin);
    const auto theirs = std::span(again).subspan(gap.their_begin, gap.their_end - gap.their_begin);
    const auto has_moved = [&](std::string_view line) { return moved_.has(line); };
    if (mine.size() != theirs.size() || std::ranges::any_of(mine, has_moved) ||
        std::ranges::any_of(theirs, has_moved)) {
      items_.push_back({.number = gap.my_begin + 1, .any = true});
      varying_ += mine.size();
      return;
    }
    for (std::size_t at = 0; at < mine.size(); ++at) add(source, gap.my_begin + at, theirs[at]);
  }

  Pairs pairs_;
  std::vector<Gap> gaps_;
  verify::Moved moved_;
  std::vector<Item> items_;
  std::size_t varying_ = 0;
};

bool fits(const Item& item, std::string_view line) {
  return item.pattern ? item.pattern->fits(line) : line == item.line;
}

std::string without_break(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  return std::string(line);
}

void show(std::optional<OutputDifference> difference, OutputComparison& result) {
  result.difference = std::move(difference);
  if (!result.difference) return;
  auto& [line, expected, got] = *result.difference;
  if (expected && got && without_break(*expected) == without_break(*got)) return;  // only one ends in a line break
  if (expected) expected = without_break(*expected);
  if (got) got = without_break(*got);
}

void Pattern::match(const Lines& slim, Cut cut, OutputComparison& result) const {
  std::size_t item = 0, line = 0, steps = 0;
  std::size_t furthest = 0, furthest_line = 0;             // of all tries: that is where the difference is
  std::optional<std::pair<std::size_t, std::size_t>> gap;  // the last one, and the first line that is not in it
  std::vector<std::size_t> place(items_.size());           // the line that an item took
  while (item < items_.size() || line < slim.size()) {
    if (++steps > kMostSteps) {
      result.given_up = true;
      return;
    }
    if (item >= furthest) {
      furthest = item;
      furthest_line = line;
    }
    if (item < items_.size() && items_[item].any) {
      gap = {item++, line};
    } else if (item < items_.size() && line < slim.size() && fits(items_[item], slim[line])) {
      place[item++] = line++;
    } else if (gap && gap->second < slim.size()) {
      item = gap->first + 1;
      line = ++gap->second;
    } else {
      break;
    }
  }
  if (item == items_.size() && line == slim.size()) {
    if (cut.source || cut.slim) return;
    std::vector<bool> taken(slim.size());
    for (std::size_t at = 0; at < items_.size(); ++at)
      if (!items_[at].any) taken[place[at]] = true;
    std::vector<verify::NumberedLine> free;
    for (std::size_t at = 0; at < slim.size(); ++at)
      if (!taken[at]) free.push_back({at + 1, slim[at]});
    auto [difference, given_up] = moved_.difference(slim, free);
    result.given_up = given_up;
    return show(std::move(difference), result);
  }
  if ((cut.source && furthest == items_.size()) || (cut.slim && furthest_line == slim.size())) return;
  OutputDifference difference;
  const bool source_ends = furthest == items_.size(), slim_ends = furthest_line == slim.size();
  difference.line = source_ends ? result.lines + 1 : items_[furthest].number;
  if (!source_ends) difference.expected = std::string(items_[furthest].line);
  if (!slim_ends) difference.got = std::string(slim[furthest_line]);
  show(std::move(difference), result);
}

}  // namespace

OutputComparison compare_output(std::string_view stream, std::string_view source, std::string_view again,
                                std::string_view slim) {
  OutputComparison result{.stream = std::string(stream)};
  const auto lines = [&](std::string_view text, bool& cut) {
    cut = text.size() >= kMaxPrinted;
    if (!cut) return verify::lines_of(text);
    result.cut = true;
    text = text.substr(0, kMaxPrinted);
    if (const auto end = text.rfind('\n'); end != std::string_view::npos) text = text.substr(0, end + 1);
    return verify::lines_of(text);  // without the last one, which may go on
  };
  bool source_is_cut = false, again_is_cut = false, slim_is_cut = false;
  const Lines expected = lines(source, source_is_cut), twice = lines(again, again_is_cut);
  const Lines got = lines(slim, slim_is_cut);
  const Pattern pattern(expected, twice);
  result.lines = expected.size();
  result.varying = pattern.varying();
  pattern.match(got, {source_is_cut || again_is_cut, slim_is_cut}, result);
  return result;
}

}  // namespace winnow
