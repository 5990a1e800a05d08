// SPDX-License-Identifier: Apache-2.0
// A pattern from two runs on the source image, and the first line of the slim image's output that does not fit it. A
// line that both runs have, each in another place, has no place in the pattern; it has to be there all the same.
#include "winnow/output.h"

#include <algorithm>
#include <cctype>
#include <functional>
#include <unordered_map>
#include <utility>
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

using Words = std::vector<std::string_view>;

bool is_word(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || std::isalnum(byte) != 0 || c == '_';
}

// Words, and each other byte by itself.
Words words_of(std::string_view line) {
  Words words;
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t begin = at++;
    if (is_word(line[begin]))
      while (at < line.size() && is_word(line[at])) ++at;
    words.push_back(line.substr(begin, at - begin));
  }
  return words;
}

// What blanks part, each with the blanks before it.
Words fields_of(std::string_view line) {
  constexpr std::string_view kBlanks = " \t\r\n";
  Words fields;
  while (!line.empty()) {
    const auto begin = std::min(line.find_first_not_of(kBlanks), line.size());
    fields.push_back(line.substr(0, line.find_first_of(kBlanks, begin)));
    line.remove_prefix(fields.back().size());
  }
  return fields;
}

// What has to be in a line, collected from its begin to its end.
class Pieces {
 public:
  explicit Pieces(std::string_view line) : line_(line) {}
  void keep(std::string_view part) { end_ += part.size(); }
  // Anything may be there instead of PART, which may be nothing.
  void free(std::string_view part) {
    pieces_.push_back(line_.substr(begin_, end_ - begin_));
    begin_ = end_ = end_ + part.size();
  }
  [[nodiscard]] std::vector<std::string_view> all() && {
    free({});
    return std::move(pieces_);
  }

 private:
  std::string_view line_;
  std::size_t begin_ = 0, end_ = 0;  // of the piece that is collected
  std::vector<std::string_view> pieces_;
};

// Word by word, if both have as many: else all of it is free.
void collect_words(std::string_view one, std::string_view other, Pieces& pieces) {
  const Words mine = words_of(one), theirs = words_of(other);
  if (mine.size() != theirs.size()) return pieces.free(one);
  for (std::size_t at = 0; at < mine.size(); ++at)
    mine[at] == theirs[at] ? pieces.keep(mine[at]) : pieces.free(mine[at]);
}

// What two versions of a line have in common: word by word if they have as many, else field by field.
std::vector<std::string_view> common_pieces(std::string_view one, std::string_view other) {
  Pieces pieces(one);
  if (words_of(one).size() == words_of(other).size()) {
    collect_words(one, other, pieces);
    return std::move(pieces).all();
  }
  const Words mine = fields_of(one), theirs = fields_of(other);
  std::size_t at = 0, there = 0;
  const auto unmatched = [&](std::size_t my_end, std::size_t their_end) {
    const bool as_many = my_end - at == their_end - there;
    if (my_end == at && their_end > there) pieces.free({});
    for (; at < my_end; ++at, ++there) as_many ? collect_words(mine[at], theirs[there], pieces) : pieces.free(mine[at]);
    there = their_end;
  };
  for (const auto& [my_field, their_field] : verify::alike(mine, theirs)) {
    unmatched(my_field, their_field);
    collect_words(mine[at++], theirs[there++], pieces);
  }
  unmatched(mine.size(), theirs.size());
  return std::move(pieces).all();
}

using Counts = std::unordered_map<std::size_t, std::size_t>;  // by hash

Counts counted(const Lines& lines, std::size_t (*hash)(std::string_view)) {
  Counts counts;
  for (const std::string_view line : lines) ++counts[hash(line)];
  return counts;
}

std::size_t count_of(const Counts& counts, std::size_t hash) {
  const auto at = counts.find(hash);
  return at == counts.end() ? 0 : at->second;
}

std::size_t text_of(std::string_view line) { return std::hash<std::string_view>{}(line); }

// Lines that both runs on the source image print, each in another place: threads do. They have to be there again, in
// any place: as often, if both runs print them equally often, else once.
class Moved {
 public:
  // A line that has no fellow in the same place of the other run.
  void add_mine(std::size_t number, std::string_view line) { mine_.emplace_back(number, line); }
  void add_theirs(std::string_view line) { theirs_.push_back(line); }

  // What is wrong with SLIM. SOURCE and AGAIN are all lines of both runs.
  [[nodiscard]] std::optional<OutputDifference> difference(const Lines& source, const Lines& again,
                                                           const Lines& slim) const {
    if (mine_.empty() || theirs_.empty()) return std::nullopt;
    bool only_moved = source.size() == again.size();
    // As they are, and those that are the same but for numbers.
    for (const auto hash : {text_of, verify::shape_of}) {
      const Counts before = counted(source, hash), after = counted(again, hash), now = counted(slim, hash);
      const Counts also = counted(theirs_, hash);
      for (const auto& [number, line] : mine_) {
        const std::size_t key = hash(line), least = count_of(before, key);
        const bool as_often = least == count_of(after, key);
        only_moved &= hash == text_of || as_often;
        if (also.contains(key) && count_of(now, key) < (as_often ? least : 1)) return {{number, std::string(line), {}}};
      }
      if (hash == text_of || !only_moved) continue;
      for (const std::string_view line : slim)
        if (count_of(now, hash(line)) > count_of(before, hash(line)))
          return {{source.size() + 1, {}, std::string(line)}};
    }
    return std::nullopt;
  }

 private:
  std::vector<std::pair<std::size_t, std::string_view>> mine_;
  Lines theirs_;
};

class Pattern {
 public:
  Pattern(const Lines& source, const Lines& again) {
    std::size_t mine = 0, theirs = 0;
    const auto unmatched = [&](std::size_t my_end, std::size_t their_end) {
      for (std::size_t at = mine; at < my_end; ++at) moved_.add_mine(at + 1, source[at]);
      for (std::size_t at = theirs; at < their_end; ++at) moved_.add_theirs(again[at]);
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
  [[nodiscard]] const Moved& moved() const { return moved_; }

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
  Moved moved_;
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
  for (std::string_view* text : {&source, &again, &slim})
    if (text->size() >= kMaxPrinted) {
      result.cut = true;
      *text = text->substr(0, kMaxPrinted);
    }
  const Lines expected = verify::lines_of(source), twice = verify::lines_of(again), got = verify::lines_of(slim);
  const Pattern pattern(expected, twice);
  result.lines = expected.size();
  result.varying = pattern.varying();
  pattern.match(got, result);
  if (!result.difference && !result.given_up) show(pattern.moved().difference(expected, twice, got), result);
  return result;
}

}  // namespace winnow
