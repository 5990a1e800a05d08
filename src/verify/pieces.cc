// SPDX-License-Identifier: Apache-2.0
// Splits lines into words, or into fields between blanks, and keeps those that both versions have.
#include "verify/pieces.h"

#include <algorithm>
#include <cctype>
#include <functional>
#include <string>
#include <utility>

#include "verify/lines.h"
#include "verify/moment.h"

namespace winnow::verify {
namespace {

constexpr std::size_t kMostFieldEdits = 50;  // lines with less in common than that have nothing in common

using Words = std::vector<std::string_view>;

bool is_word(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || std::isalnum(byte) != 0 || c == '_';
}

std::size_t end_of_word(std::string_view line, std::size_t at) {
  while (at < line.size() && is_word(line[at])) ++at;
  return at;
}

// Words, each moment and each number with a fraction as one, and each other byte by itself.
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
      const std::size_t moment = length_of_moment(line.substr(begin));
      at = moment > 0 ? begin + moment : end_of_word(line, begin);
      if (moment == 0 && fraction_behind(begin, at)) at = end_of_word(line, at + 1);
    }
    words.push_back(line.substr(begin, at - begin));
  }
  return words;
}

bool has_fraction(std::string_view word) { return word.size() > 1 && word.contains('.') && !word.contains(':'); }

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

// Collected from the line's begin to its end.
class Pieces {
 public:
  explicit Pieces(std::string_view line) : line_(line) {}
  void keep(std::string_view part) { end_ += part.size(); }
  // Anything may be there instead of PART, which may be nothing.
  void free(std::string_view part) {
    pieces_.push_back(line_.substr(begin_, end_ - begin_));
    begin_ = end_ = end_ + part.size();
  }
  // Word by word, if OTHER has as many: else anything may be there. If one number with a fraction varies, they are
  // measured, and some of them are the same in both by chance.
  void keep_words(std::string_view part, std::string_view other) {
    const Words mine = words_of(part), theirs = words_of(other);
    if (mine.size() != theirs.size()) return free(part);
    bool measures = false;
    for (std::size_t at = 0; at < mine.size(); ++at) measures |= mine[at] != theirs[at] && has_fraction(mine[at]);
    for (std::size_t at = 0; at < mine.size(); ++at)
      mine[at] == theirs[at] && !(measures && has_fraction(mine[at])) ? keep(mine[at]) : free(mine[at]);
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

}  // namespace

std::vector<std::string_view> common_pieces(std::string_view one, std::string_view other) {
  Pieces pieces(one);
  if (words_of(one).size() == words_of(other).size()) {
    pieces.keep_words(one, other);
    return std::move(pieces).all();
  }
  const Words mine = fields_of(one), theirs = fields_of(other);
  std::size_t at = 0, there = 0;
  const auto between = [&](std::size_t my_end, std::size_t their_end) {
    const bool as_many = my_end - at == their_end - there;
    if (my_end == at && their_end > there) pieces.free({});
    for (; at < my_end; ++at, ++there) as_many ? pieces.keep_words(mine[at], theirs[there]) : pieces.free(mine[at]);
    there = their_end;
  };
  for (const auto& [my_field, their_field] : alike(mine, theirs, kMostFieldEdits)) {
    if (mine[my_field] != theirs[their_field]) continue;
    between(my_field, their_field);
    pieces.keep(mine[at++]);
    ++there;
  }
  between(mine.size(), theirs.size());
  return std::move(pieces).all();
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

}  // namespace winnow::verify
