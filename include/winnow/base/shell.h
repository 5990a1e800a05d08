// SPDX-License-Identifier: Apache-2.0
// Reads shell scripts and command lines without running them, and writes words that a shell can read back.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "winnow/base/error.h"

namespace winnow {

inline constexpr std::size_t kMaxCommandWords = 512;  // that command_words() and path_words() return of one script

// Returns the words of SCRIPT that may be the name of a command by their position (POSIX shell grammar, XCU 2.9), also
// behind exec, env and the like; sorted, each once. Keywords, assignments and words with variables are left out. Words
// in here-documents and in quotes that span lines may be returned, too: that does no harm, because the caller looks for
// programs of these names, and most will not exist.
std::vector<std::string> command_words(std::string_view script);

// Returns the absolute paths that SCRIPT names literally, as /etc/app.conf in "test -e /etc/app.conf"; sorted, each
// once. Words with a variable or a pattern are left out.
std::vector<std::string> path_words(std::string_view script);

// Splits LINE into the words that exec takes; quotes and backslashes mean what they mean in a shell (XCU 2.2).
// Errors: a quote without its end; an operator (|, &, ;, <, >, parentheses), a backquote or a variable outside quotes,
// all of which need a shell.
Result<std::vector<std::string>> split_words(std::string_view line);

// Returns TEXT as one word that people can paste into any shell: 'a b', or "$(printf 'a\033')" if it has bytes that no
// terminal shows. If such a text ends with a newline, the word is $'a\x0a', which only bash, zsh and busybox read.
std::string shell_word(std::string_view text);

// Whether SHEBANG, the rest of a script's first line after "#!", names a shell with POSIX's grammar (sh, bash, dash,
// ash, ksh), directly or through env(1).
bool is_shell(std::string_view shebang);

}  // namespace winnow
