// SPDX-License-Identifier: Apache-2.0
// Names of any bytes as text that can be read back or shown, and sizes for people.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>

#include "winnow/base/error.h"

namespace winnow {

// Whether all of TEXT is valid UTF-8 (RFC 3629: no overlong forms, no surrogates). NUL bytes are valid.
bool is_utf8(std::string_view text);
// Returns PATH as text for JSON, without loss: valid UTF-8 stays as it is, a backslash becomes "\\", any other byte
// "\xHH".
std::string escape_path(std::string_view path);
// The opposite. Errors: a backslash with anything else behind it; a NUL byte in the path.
Result<std::string> unescape_path(std::string_view text);
// Returns PATH as text for terminals and Markdown: as escape_path, and control characters, DEL, and characters that
// break a line, change the direction of text or take no room become "\xHH", too.
std::string printable(std::string_view path);
// The same for a sentence that may quote a shell command (shell_word): a backslash stays single, so that the command
// can be pasted.
std::string printable_words(std::string_view text);
// Returns TEXT with every byte as "%HH" but letters, digits, "-._~" (RFC 3986, section 2.3) and those of ALSO_PLAIN.
std::string percent_encoded(std::string_view text, std::string_view also_plain = {});
// "1.4 GB": decimal units, as image tools print sizes.
std::string human_bytes(std::uint64_t bytes);

// Returns the part of TEXT before the first END, or all of TEXT if there is none; removes that part and END from TEXT.
std::string_view take_until(std::string_view& text, char end);

// The parts of a text, each of which ends with the character END; END may be missing after the last part. "a,,b" and
// "a,,b," both have the parts "a", "" and "b". An empty text has no parts.
class Split {
 public:
  class Iterator {
   public:
    using value_type = std::string_view;
    using difference_type = std::ptrdiff_t;
    Iterator(std::string_view text, char end) : rest_(text), end_(end) { ++*this; }
    std::string_view operator*() const { return part_; }
    Iterator& operator++() {
      done_ = rest_.empty();
      part_ = take_until(rest_, end_);
      return *this;
    }
    void operator++(int) { ++*this; }
    bool operator==(std::default_sentinel_t) const { return done_; }

   private:
    std::string_view rest_, part_;
    char end_;
    bool done_ = false;
  };
  Split(std::string_view text, char end) : text_(text), end_(end) {}
  [[nodiscard]] Iterator begin() const { return {text_, end_}; }
  [[nodiscard]] static std::default_sentinel_t end() { return {}; }

 private:
  std::string_view text_;
  char end_;
};
inline Split split(std::string_view text, char end) { return {text, end}; }
inline Split lines(std::string_view text) { return {text, '\n'}; }  // a '\r' before the '\n' stays part of the line
// Both are deleted for a temporary string: the views would outlive it.
template <class Text>
  requires std::same_as<Text, std::string>
Split split(Text&& text, char end) = delete;
template <class Text>
  requires std::same_as<Text, std::string>
Split lines(Text&& text) = delete;

// Returns the beginning of TEXT, at most LIMIT bytes; it does not end in the middle of a UTF-8 character.
std::string_view cut_between_characters(std::string_view text, std::size_t limit);

// Returns how many bytes have to be inserted, removed or replaced to turn FROM into TO (Levenshtein distance).
std::size_t edit_distance(std::string_view from, std::string_view to);

}  // namespace winnow
