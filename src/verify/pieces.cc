// SPDX-License-Identifier: Apache-2.0
// Splits lines into words, or into fields between blanks, keeps those that both versions have, and bounds the others.
#include "verify/pieces.h"

#include <algorithm>
#include <cctype>
#include <functional>
#include <iterator>
#include <string>
#include <utility>

#include "verify/lines.h"
#include "verify/moment.h"

namespace winnow::verify {
namespace {

constexpr std::size_t kMostFieldEdits = 50;  // lines with less in common than that have nothing in common
constexpr std::size_t kMostPlaces = 64;      // in which what comes next may begin
constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kUnits[] = {"ns", "us", "µs", "ms", "s",  "m",  "h",   "min", "sec", "B",     "k",      "K",
                                       "M",  "G",  "kB", "KB", "MB", "GB", "KiB", "MiB", "GiB", "bytes", "seconds"};

using Words = std::vector<std::string_view>;

bool is_blank(char c) { return kBlanks.contains(c); }

bool is_word(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || std::isalnum(byte) != 0 || c == '_';
}

std::size_t end_of_word(std::string_view line, std::size_t at) {
  while (at < line.size() && is_word(line[at])) ++at;
  return at;
}

// Words, each moment, token and number with a fraction as one, and each other byte by itself.
Words words_of(std::string_view line) {
  const auto is_digit = [&](std::size_t at) {
    return at < line.size() && std::isdigit(static_cast<unsigned char>(line[at])) != 0;
  };
  // Two numbers are one number, and more are a version or an address.
  const auto fraction_behind = [&](std::size_t begin, std::size_t point) {
    if (point >= line.size() || line[point] != '.' || !is_digit(point + 1)) return false;
    for (std::size_t at = begin; at < point; ++at)
      if (!is_digit(at)) return false;
    const std::size_t end = end_of_word(line, point + 1);
    return !(begin > 0 && line[begin - 1] == '.') && !(end < line.size() && line[end] == '.' && is_digit(end + 1));
  };
  Words words;
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t begin = at++;
    if (is_word(line[begin])) {
      const std::size_t whole = std::max(length_of_moment(line.substr(begin)), length_of_token(line.substr(begin)));
      at = whole > 0 ? begin + whole : end_of_word(line, begin);
      if (whole == 0 && fraction_behind(begin, at)) at = end_of_word(line, at + 1);
    }
    words.push_back(line.substr(begin, at - begin));
  }
  return words;
}

// Of a number with a fraction; 0: it is none.
std::size_t decimals_of(std::string_view word) {
  const auto point = word.find('.');
  if (point == std::string_view::npos || word.size() < 2 || word.contains(':')) return 0;
  const auto end = std::min(word.find_first_not_of("0123456789", point + 1), word.size());
  return end - point - 1;
}

bool is_unit(std::string_view word) { return std::ranges::find(kUnits, word) != std::end(kUnits); }
bool is_numeric(char c) {
  return std::isxdigit(static_cast<unsigned char>(c)) != 0 || std::string_view(".,:+-").contains(c);
}

// What blanks part, each with the blanks before it.
Words fields_of(std::string_view line) {
  Words fields;
  while (!line.empty()) {
    const auto begin = std::min(line.find_first_not_of(kBlanks), line.size());
    fields.push_back(line.substr(0, line.find_first_of(kBlanks, begin)));
    line.remove_prefix(fields.back().size());
  }
  return fields;
}

// The narrowest that both are of.
Freedom freedom_of(std::string_view one, std::string_view other) {
  const auto both = [&](auto is) { return is(one) && is(other); };
  const auto all = [](auto is) { return [is](std::string_view text) { return std::ranges::all_of(text, is); }; };
  if (both(all(is_blank))) return Freedom::kBlanks;
  if (both([](std::string_view text) { return !text.empty() && length_of_moment(text) == text.size(); }))
    return Freedom::kMoment;
  if (both(all(is_numeric))) return Freedom::kNumber;
  return both(all([](char c) { return !is_blank(c); })) ? Freedom::kWord : Freedom::kAnything;
}

// Collected from the line's begin to its end.
class Parts {
 public:
  explicit Parts(std::string_view line) : line_(line) {}
  void keep(std::string_view part) { add(part, Freedom::kNone, false); }
  // For PART something else may be there, as for OTHER, which stands there in the other version.
  void free(std::string_view part, std::string_view other) {
    add(part, freedom_of(part, other), part.empty() || other.empty());
  }
  // As many words in both.
  void keep_words(std::span<const std::string_view> mine, std::span<const std::string_view> theirs) {
    std::vector<std::size_t> measured;  // their decimals
    for (std::size_t at = 0; at < mine.size(); ++at)
      if (mine[at] != theirs[at])
        for (const std::string_view word : {mine[at], theirs[at]})
          if (const std::size_t decimals = decimals_of(word)) measured.push_back(decimals);
    bool behind_measured = false;
    for (std::size_t at = 0; at < mine.size(); ++at) {
      const bool number = std::ranges::find(measured, decimals_of(mine[at])) != measured.end();
      if (number || mine[at] != theirs[at])
        free(mine[at], theirs[at]);
      else if (behind_measured && is_unit(mine[at]))
        add(mine[at], Freedom::kUnit, false);
      else
        keep(mine[at]);
      behind_measured = number || (behind_measured && is_blank(mine[at].front()));
    }
  }
  // Two fields: what both begin and end with is kept.
  void keep_field(std::string_view part, std::string_view other) {
    const Words mine = words_of(part), theirs = words_of(other);
    if (mine.size() == theirs.size()) return keep_words(mine, theirs);
    const std::size_t most = std::min(mine.size(), theirs.size());
    std::size_t blanks = 0, other_blanks = 0, before = 0, after = 0;
    while (blanks < mine.size() && is_blank(mine[blanks].front())) ++blanks;
    while (other_blanks < theirs.size() && is_blank(theirs[other_blanks].front())) ++other_blanks;
    if (blanks != other_blanks) {
      free(part.substr(0, blanks), other.substr(0, other_blanks));
      return keep_field(part.substr(blanks), other.substr(other_blanks));
    }
    while (before < most && mine[before] == theirs[before]) ++before;
    while (after < most - before && mine[mine.size() - 1 - after] == theirs[theirs.size() - 1 - after]) ++after;
    const auto size_of = [](std::span<const std::string_view> words) {
      std::size_t size = 0;
      for (const std::string_view word : words) size += word.size();
      return size;
    };
    const std::size_t begin = size_of(std::span(mine).first(before)), end = size_of(std::span(mine).last(after));
    keep(part.substr(0, begin));
    free(part.substr(begin, part.size() - end - begin), other.substr(begin, other.size() - end - begin));
    keep(part.substr(part.size() - end));
  }
  void free_all(std::string_view part) { add(part, Freedom::kAnything, true); }
  [[nodiscard]] std::vector<Part> all() && { return std::move(parts_); }

 private:
  void add(std::string_view part, Freedom freedom, bool optional) {
    const bool goes_on = !parts_.empty() && parts_.back().freedom == freedom &&
                         (freedom == Freedom::kNone || freedom == Freedom::kAnything);
    if (goes_on)
      parts_.back().text = line_.substr(begin_, end_ + part.size() - begin_);
    else if (!part.empty() || optional) {
      begin_ = end_;
      parts_.push_back({line_.substr(begin_, part.size()), freedom, optional});
    }
    end_ += part.size();
  }

  std::string_view line_;
  std::size_t begin_ = 0, end_ = 0;  // of the last part
  std::vector<Part> parts_;
};

std::vector<Part> parts_of(std::string_view one, std::string_view other) {
  Parts parts(one);
  const Words my_words = words_of(one), their_words = words_of(other);
  if (my_words.size() == their_words.size()) {
    parts.keep_words(my_words, their_words);
    return std::move(parts).all();
  }
  const Words mine = fields_of(one), theirs = fields_of(other);
  std::size_t at = 0, there = 0;
  const auto between = [&](std::size_t my_end, std::size_t their_end) {
    const bool as_many = my_end - at == their_end - there;
    if (my_end == at && their_end > there) parts.free_all({});
    for (; at < my_end; ++at, ++there) as_many ? parts.keep_field(mine[at], theirs[there]) : parts.free_all(mine[at]);
    there = their_end;
  };
  for (const auto& [my_field, their_field] : alike(mine, theirs, kMostFieldEdits)) {
    if (mine[my_field] != theirs[their_field]) continue;
    between(my_field, their_field);
    parts.keep(mine[at++]);
    ++there;
  }
  between(mine.size(), theirs.size());
  return std::move(parts).all();
}

// How far what FREEDOM allows goes on in LINE from BEGIN.
std::size_t end_of(Freedom freedom, std::string_view line, std::size_t begin) {
  const auto run = [&](auto is) {
    return static_cast<std::size_t>(std::ranges::find_if_not(line.substr(begin), is) - line.substr(begin).begin()) +
           begin;
  };
  switch (freedom) {
    case Freedom::kBlanks:
      return run(is_blank);
    case Freedom::kNumber:
      return run(is_numeric);
    case Freedom::kWord:
      return run([](char c) { return !is_blank(c); });
    case Freedom::kMoment:
      return begin + length_of_moment(line.substr(begin));
    case Freedom::kUnit: {
      const std::size_t end = end_of_word(line, begin);
      return is_unit(line.substr(begin, end - begin)) ? end : begin;
    }
    case Freedom::kNone:
    case Freedom::kAnything:
      break;
  }
  return line.size();
}

// Where what NEXT says may begin if PART begins at BEGIN.
void add_ends(const Part& part, const Part* next, std::string_view line, std::size_t begin,
              std::vector<std::size_t>& ends) {
  if (part.freedom == Freedom::kNone) {
    if (line.substr(begin).starts_with(part.text)) ends.push_back(begin + part.text.size());
    return;
  }
  const std::size_t last = end_of(part.freedom, line, begin);
  const std::size_t first = part.optional ? begin : begin + 1;
  if (last < first) return;
  const bool whole = part.freedom == Freedom::kMoment || part.freedom == Freedom::kUnit;
  if (next == nullptr || whole) {
    if (part.optional && last > begin) ends.push_back(begin);
    ends.push_back(last);
  } else if (next->freedom == Freedom::kNone) {
    for (auto at = line.find(next->text, first); at <= last && ends.size() < kMostPlaces;
         at = line.find(next->text, at + 1))
      ends.push_back(at);
  } else {
    for (std::size_t at = last + 1; at-- > first && ends.size() < kMostPlaces;) ends.push_back(at);
  }
}

}  // namespace

LinePattern::LinePattern(std::string_view one, std::string_view other) : parts_(parts_of(one, other)) {}

bool LinePattern::fits(std::string_view line) const {
  std::vector<std::size_t> begins{0}, ends;  // of the next part, in LINE
  for (std::size_t at = 0; at < parts_.size() && !begins.empty(); ++at) {
    ends.clear();
    const Part* const next = at + 1 < parts_.size() ? &parts_[at + 1] : nullptr;
    for (const std::size_t begin : begins) add_ends(parts_[at], next, line, begin, ends);
    std::ranges::sort(ends);
    ends.erase(std::ranges::unique(ends).begin(), ends.end());
    std::swap(begins, ends);
  }
  return !begins.empty() && begins.back() == line.size();
}

std::size_t loose_shape_of(std::string_view line) {
  std::string shape;
  for (const std::string_view word : words_of(line)) {
    const bool number = std::ranges::all_of(word, [](unsigned char c) { return std::isxdigit(c) != 0; });
    shape += number ? "0" : std::to_string(shape_of(word));
    shape += ' ';
  }
  return std::hash<std::string>{}(shape);
}

std::size_t form_of(std::string_view line) {
  std::string form;
  for (const std::string_view word : words_of(line)) form += is_word(word.front()) ? std::string_view("w") : word;
  return std::hash<std::string>{}(form);
}

}  // namespace winnow::verify
