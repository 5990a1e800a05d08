// SPDX-License-Identifier: Apache-2.0
// Names of any bytes as text that can be read back or shown, and sizes for people.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "winnow/base/error.h"

namespace winnow {

// Whether all of TEXT is UTF-8 (RFC 3629: no overlong forms, no surrogates); NUL bytes are.
bool is_utf8(std::string_view text);
// Lossless text for paths in JSON: valid UTF-8 stays as it is, a backslash becomes "\\", any other byte "\xHH".
std::string escape_path(std::string_view path);
Result<std::string> unescape_path(std::string_view text);
// For terminals and Markdown: escape_path, and control characters and DEL as "\xHH" too.
std::string printable(std::string_view path);
// The same of a sentence that may quote a shell command (shell_word): a backslash stays one, so that it can be pasted.
std::string printable_words(std::string_view text);
// "1.4 GB": decimal units, as image tools print sizes.
std::string human_bytes(std::uint64_t bytes);

// The beginning of TEXT, at most LIMIT bytes, without a part of a UTF-8 character at its end.
std::string_view cut_between_characters(std::string_view text, std::size_t limit);

// How many letters have to be put in, taken out or changed to make one word of the other (Levenshtein).
std::size_t edit_distance(std::string_view from, std::string_view to);

}  // namespace winnow
