// SPDX-License-Identifier: Apache-2.0
// A pattern from two runs on the source image, and the first line of the slim image's output that does not fit it.
#include "winnow/output.h"

#include <algorithm>
#include <cctype>
#include <vector>

#include "verify/lines.h"

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

bool is_word(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || std::isalnum(byte) != 0 || c == '_';
}

// Words, and each other byte by itself.
std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t begin = at++;
    if (is_word(line[begin]))
      while (at < line.size() && is_word(line[at])) ++at;
    words.push_back(line.substr(begin, at - begin));
  }
  return words;
}

// The pieces of LINE, as words of it, between words FROM and TO.
std::string_view joined(std::span<const std::string_view> words, std::size_t from, std::size_t to,
                        std::string_view line) {
  if (from >= to) return line.substr(0, 0);
  const auto begin = static_cast<std::size_t>(words[from].data() - line.data());
  const auto end = static_cast<std::size_t>(words[to - 1].data() - line.data()) + words[to - 1].size();
  return line.substr(begin, end - begin);
}

// What two versions of a line have in common: word by word if they have as many, else how they begin and end.
std::vector<std::string_view> common_pieces(std::string_view one, std::string_view other) {
  const auto mine = words_of(one), theirs = words_of(other);
  const std::size_t least = std::min(mine.size(), theirs.size());
  std::vector<std::string_view> pieces;
  if (mine.size() == theirs.size()) {
    std::size_t begin = 0;
    for (std::size_t at = 0; at < least; ++at) {
      if (mine[at] == theirs[at]) continue;
      pieces.push_back(joined(mine, begin, at, one));
      begin = at + 1;
    }
    pieces.push_back(joined(mine, begin, mine.size(), one));
    return pieces;
  }
  std::size_t head = 0, tail = 0;
  while (head < least && mine[head] == theirs[head]) ++head;
  while (tail < least - head && mine[mine.size() - 1 - tail] == theirs[theirs.size() - 1 - tail]) ++tail;
  return {joined(mine, 0, head, one), joined(mine, mine.size() - tail, mine.size(), one)};
}

class Pattern {
 public:
  Pattern(const Lines& source, const Lines& again) {
    std::size_t mine = 0, theirs = 0;
    const auto unmatched = [&](std::size_t my_end, std::size_t their_end) {
      if (my_end - mine == their_end - theirs) {
        while (mine < my_end) add(source, mine++, again[theirs++]);
      } else {
        items_.push_back({.number = mine + 1, .any = true});
        varying_ += my_end - mine;
      }
    };
    for (const auto& [my_line, their_line] : verify::alike(source, again)) {
      unmatched(my_line, their_line);
      add(source, my_line, again[their_line]);
      mine = my_line + 1;
      theirs = their_line + 1;
    }
    unmatched(source.size(), again.size());
  }

  [[nodiscard]] std::size_t varying() const { return varying_; }
  // Sets what differs first, or that it took too long to know.
  void match(const Lines& slim, OutputComparison& result) const;

 private:
  void add(const Lines& source, std::size_t at, std::string_view other) {
    Item item{.line = source[at], .number = at + 1};
    if (source[at] != other) {
      item.pieces = common_pieces(source[at], other);
      ++varying_;
    }
    items_.push_back(std::move(item));
  }

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

void Pattern::match(const Lines& slim, OutputComparison& result) const {
  std::size_t item = 0, line = 0, steps = 0;
  std::size_t furthest = 0, furthest_line = 0;             // of all tries: that is where the difference is
  std::optional<std::pair<std::size_t, std::size_t>> gap;  // the last one, and the first line that is not in it
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
      ++item;
      ++line;
    } else if (gap && gap->second < slim.size()) {
      item = gap->first + 1;
      line = ++gap->second;
    } else {
      break;
    }
  }
  if (item == items_.size() && line == slim.size()) return;
  OutputDifference& difference = result.difference.emplace();
  const bool source_ends = furthest == items_.size(), slim_ends = furthest_line == slim.size();
  difference.line = source_ends ? result.lines + 1 : items_[furthest].number;
  if (!source_ends) difference.expected = std::string(items_[furthest].line);
  if (!slim_ends) difference.got = std::string(slim[furthest_line]);
  const bool same_words =
      difference.expected && difference.got && without_break(*difference.expected) == without_break(*difference.got);
  if (same_words) return;  // only one of them ends in a line break
  if (difference.expected) difference.expected = without_break(*difference.expected);
  if (difference.got) difference.got = without_break(*difference.got);
}

}  // namespace

OutputComparison compare_output(std::string_view stream, std::string_view source, std::string_view again,
                                std::string_view slim) {
  OutputComparison result{.stream = std::string(stream)};
  for (std::string_view* text : {&source, &again, &slim})
    if (text->size() >= kMaxPrinted) {
      result.cut = true;
      *text = text->substr(0, kMaxPrinted);
    }
  const Lines expected = verify::lines_of(source);
  const Pattern pattern(expected, verify::lines_of(again));
  result.lines = expected.size();
  result.varying = pattern.varying();
  pattern.match(verify::lines_of(slim), result);
  return result;
}

}  // namespace winnow
