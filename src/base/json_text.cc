// SPDX-License-Identifier: Apache-2.0
// The scanner of JSON text. The text is hostile: depth is bounded, and nothing is kept but the string at hand.
#include "winnow/base/json_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "winnow/base/text.h"

namespace winnow {
namespace {

bool is_space(char letter) { return letter == ' ' || letter == '\n' || letter == '\t' || letter == '\r'; }
bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

void append_utf8(std::string& text, unsigned code) {
  const auto push = [&](unsigned byte) { text += static_cast<char>(byte); };
  if (code < 0x80) {
    push(code);
  } else if (code < 0x800) {
    push(0xc0 | code >> 6);
    push(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    push(0xe0 | code >> 12);
    push(0x80 | (code >> 6 & 0x3f));
    push(0x80 | (code & 0x3f));
  } else {
    push(0xf0 | code >> 18);
    push(0x80 | (code >> 12 & 0x3f));
    push(0x80 | (code >> 6 & 0x3f));
    push(0x80 | (code & 0x3f));
  }
}

}  // namespace

void JsonText::refuse(std::string what) {
  const auto line = 1 + std::ranges::count(text_.substr(0, at_), '\n');
  throw Refused{fmt::format("line {}: {}", line, what)};
}

void JsonText::refuse_next(std::string_view wanted) {
  if (at_ >= text_.size()) refuse(fmt::format("expected {}, but the text ends", wanted));
  const auto end = std::ranges::find_if(text_.begin() + static_cast<std::ptrdiff_t>(at_ + 1), text_.end(),
                                        [](char letter) { return is_space(letter) || letter == ','; });
  const auto length = static_cast<std::size_t>(end - text_.begin()) - at_;
  refuse(fmt::format("expected {}, found {}", wanted, printable(text_.substr(at_, std::min<std::size_t>(length, 20)))));
}

char JsonText::peek() {
  while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  return at_ < text_.size() ? text_[at_] : '\0';
}

void JsonText::expect(char wanted) {
  if (peek() != wanted) refuse_next(std::string{'\'', wanted, '\''});
  ++at_;
}

bool JsonText::take_word(std::string_view word) {
  (void)peek();
  if (!text_.substr(at_).starts_with(word)) return false;
  at_ += word.size();
  return true;
}

void JsonText::begin(char bracket, std::string_view what) {
  if (peek() != bracket) refuse_next(what);
  if (++depth_ > kMaxDepth) refuse("nested too deeply");
  ++at_;
  fresh_ = true;
}

bool JsonText::next_in(char closing) {
  if (peek() == closing) {
    ++at_;
    --depth_;
    fresh_ = false;
    return false;
  }
  if (!fresh_) {
    if (peek() != ',') refuse_next(fmt::format("',' or '{}'", closing));
    ++at_;
  }
  fresh_ = false;
  return true;
}

std::optional<std::string_view> JsonText::field() {
  if (!next_in('}')) return std::nullopt;
  const auto name = string();
  expect(':');
  return name;
}

bool JsonText::item() { return next_in(']'); }

unsigned JsonText::hex4() {
  unsigned code = 0;
  const std::string_view four = text_.substr(at_, 4);
  const auto [end, error] = std::from_chars(four.data(), four.data() + four.size(), code, 16);
  if (error != std::errc() || end != four.data() + 4) refuse("a \\u without four hex digits");
  at_ += 4;
  return code;
}

// What a backslash, which is past, begins.
void JsonText::unescape() {
  constexpr std::string_view kLetters = "\"\\/bfnrt";
  constexpr std::string_view kMeant = "\"\\/\b\f\n\r\t";
  const char letter = at_ < text_.size() ? text_[at_++] : '\0';
  if (const auto known = kLetters.find(letter); known != std::string_view::npos) {
    decoded_ += kMeant[known];
    return;
  }
  if (letter != 'u') refuse("a string with a backslash that means nothing");
  unsigned code = hex4();
  if (code >= 0xd800 && code < 0xdc00 && text_.substr(at_).starts_with("\\u")) {
    at_ += 2;
    const unsigned low = hex4();
    if (low < 0xdc00 || low > 0xdfff) refuse("half a surrogate pair");
    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
  } else if (code >= 0xd800 && code <= 0xdfff) {
    refuse("half a surrogate pair");
  }
  append_utf8(decoded_, code);
}

std::string_view JsonText::string() {
  if (peek() != '"') refuse_next("a string");
  const std::size_t start = ++at_;
  bool ascii = true;
  bool plain = true;  // as it stands in the text
  for (;;) {
    if (at_ >= text_.size()) refuse("a string without an end");
    const char letter = text_[at_];
    if (letter == '"') break;
    if (static_cast<unsigned char>(letter) < 0x20) refuse("a string with a control character");
    ascii = ascii && static_cast<unsigned char>(letter) < 0x80;
    if (letter == '\\') {
      if (plain) decoded_.assign(text_.substr(start, at_ - start));
      plain = false;
      ++at_;
      unescape();
      continue;
    }
    if (!plain) decoded_ += letter;
    ++at_;
  }
  const std::string_view value = plain ? text_.substr(start, at_ - start) : std::string_view(decoded_);
  if (!ascii && !is_utf8(value)) refuse("a string that is not UTF-8");
  ++at_;
  return value;
}

std::string JsonText::path() {
  const std::string_view text = string();
  if (text.find('\\') == std::string_view::npos && text.find('\0') == std::string_view::npos) return std::string(text);
  auto path = unescape_path(text);
  if (!path) refuse(path.error().what);
  return *std::move(path);
}

std::string_view JsonText::digits() {
  const std::size_t start = at_;
  while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
  return text_.substr(start, at_ - start);
}

std::uint64_t JsonText::number() {
  std::uint64_t value = 0;
  if (!is_digit(peek())) refuse_next("a whole number");
  const std::size_t start = at_;
  const auto text = digits();
  const bool fraction = at_ < text_.size() && (text_[at_] == '.' || text_[at_] == 'e' || text_[at_] == 'E');
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fraction || error != std::errc() || (text.size() > 1 && text[0] == '0')) {
    at_ = start;
    refuse_next("a whole number below 2^64");
  }
  return value;
}

std::int64_t JsonText::negative() {
  constexpr std::uint64_t kMost = std::uint64_t{1} << 63;
  ++at_;  // the minus, which peek() saw
  if (at_ == text_.size() || !is_digit(text_[at_])) refuse_next("digits behind '-'");
  const std::uint64_t value = number();
  if (value > kMost) refuse(fmt::format("a number out of its range: -{}", value));
  return static_cast<std::int64_t>(0 - value);
}

bool JsonText::boolean() {
  if (take_word("true")) return true;
  if (!take_word("false")) refuse_next("true or false");
  return false;
}

bool JsonText::take_null() { return take_word("null"); }
bool JsonText::at_string() { return peek() == '"'; }

void JsonText::skip_number() {
  if (text_[at_] == '-') ++at_;
  const auto whole = digits();
  bool good = !whole.empty() && (whole.size() == 1 || whole[0] != '0');
  if (at_ < text_.size() && text_[at_] == '.') {
    ++at_;
    good = !digits().empty() && good;
  }
  if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
    ++at_;
    if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
    good = !digits().empty() && good;
  }
  if (!good) refuse("not a number");
}

// A value can hold values: they are walked, the depth is bounded by begin().
void JsonText::skip() {  // NOLINT(misc-no-recursion)
  const char next = peek();
  if (next == '"') {
    (void)string();
  } else if (next == '{') {
    begin_object();
    while (field()) skip();
  } else if (next == '[') {
    begin_array();
    while (item()) skip();
  } else if (next == '-' || is_digit(next)) {
    skip_number();
  } else if (!take_word("true") && !take_word("false") && !take_word("null")) {
    refuse_next("a value");
  }
}

std::string JsonText::schema() {
  begin_object();
  while (const auto name = field()) {
    if (*name == "schema") return std::string(string());
    skip();
  }
  refuse("there is no \"schema\"");
}

void JsonText::end() {
  if (peek() != '\0' || at_ < text_.size()) refuse_next("the end");
}

JsonFields::JsonFields(JsonText& in, std::string_view object, std::span<const std::string_view> names,
                       std::size_t required, std::function<bool(std::string_view name)> other)
    : in_(in), object_(object), names_(names), required_(required), other_(std::move(other)) {
  in_.begin_object();
}

std::optional<std::size_t> JsonFields::next() {
  while (const auto name = in_.field()) {
    const auto at = static_cast<std::size_t>(std::ranges::find(names_, *name) - names_.begin());
    if (at == names_.size()) {
      if (!other_ || !other_(*name)) in_.skip();
      continue;
    }
    if ((seen_ >> at & 1) != 0) in_.refuse(fmt::format("{} has \"{}\" twice", object_, names_[at]));
    seen_ |= std::uint32_t{1} << at;
    return at;
  }
  for (std::size_t at = 0; at < required_; ++at)
    if ((seen_ >> at & 1) == 0) in_.refuse(fmt::format("{} has no \"{}\"", object_, names_[at]));
  return std::nullopt;
}

std::string schema_of(std::string_view text) {
  try {
    return JsonText(text).schema();
  } catch (const Refused&) {
    return "";
  }
}

namespace {

// Calls SEE with each character of TEXT that is outside of strings.
template <typename See>
void each_outside_strings(std::string_view text, See see) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '"') {
      see(text[at]);
      continue;
    }
    for (++at; at < text.size() && text[at] != '"'; ++at)
      if (text[at] == '\\') ++at;
  }
}

}  // namespace

void require_depth(std::string_view text, std::size_t most) {
  std::size_t depth = 0;
  each_outside_strings(text, [&](char c) {
    if (c == '{' || c == '[') {
      if (++depth > most) throw std::invalid_argument("nested too deeply");
    } else if ((c == '}' || c == ']') && depth > 0) {
      --depth;
    }
  });
}

void require_values(std::string_view text, std::size_t most) {
  std::size_t values = 0;
  each_outside_strings(text, [&](char c) {
    if ((c == '{' || c == '[' || c == ',') && ++values > most) throw std::invalid_argument("too many values");
  });
}

}  // namespace winnow
