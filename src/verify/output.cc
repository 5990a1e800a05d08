// SPDX-License-Identifier: Apache-2.0
// A pattern from two runs on the source image, and the first line of the slim image's output that does not fit it. A
// line that both runs have, each in another place, has no place in the pattern; it has to be there all the same.
#include "winnow/output.h"

#include <algorithm>
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

// What a line of the slim image's output has to be.
struct Item {
  std::string_view line;                 // of the source's output
  std::size_t number = 0;                // which one, from 1
  std::vector<std::string_view> pieces;  // what has to be in it, in this order, the first at its begin, the last at its
                                         // end; none: the whole line
  bool any = false;                      // any number of any lines
};

// Lines of two texts between two that are alike; both ranges may be empty.
struct Gap {
  std::size_t my_begin, my_end, their_begin, their_end;
};

// One before each of PAIRS, and one behind the last.
std::vector<Gap> gaps_between(const std::vector<std::pair<std::size_t, std::size_t>>& pairs, const Lines& one,
                              const Lines& other) {
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
  return {std::move(mine), theirs};
}

// Of a text whose rest is not known, the end fits.
struct Cut {
  bool source = false, slim = false;
};

class Pattern {
 public:
  Pattern(const Lines& source, const Lines& again)
      : pairs_(verify::alike(source, again)),
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
      item.pieces = verify::common_pieces(source[at], other);
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

  std::vector<std::pair<std::size_t, std::size_t>> pairs_;
  std::vector<Gap> gaps_;
  verify::Moved moved_;
  std::vector<Item> items_;
  std::size_t varying_ = 0;
};

bool fits(const Item& item, std::string_view line) {
  if (item.pieces.empty()) return line == item.line;
  if (!line.starts_with(item.pieces.front())) return false;
  std::size_t at = item.pieces.front().size();
  for (std::size_t piece = 1; piece + 1 < item.pieces.size(); ++piece) {
    const auto found = line.find(item.pieces[piece], at);
    if (found == std::string_view::npos) return false;
    at = found + item.pieces[piece].size();
  }
  return line.size() >= at + item.pieces.back().size() && line.ends_with(item.pieces.back());
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
    return show(moved_.difference(slim, free), result);
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
