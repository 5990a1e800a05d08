// SPDX-License-Identifier: Apache-2.0
// What can be told of a shell script without running it, and words that a shell takes as they are.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "winnow/base/error.h"

namespace winnow {

inline constexpr std::size_t kMaxCommandWords = 512;

// The words of SCRIPT that stand where the name of a command may (POSIX shell grammar, XCU 2.9), also behind exec, env
// and their like; sorted, each once, without keywords, assignments and what is made of variables. Text that is quoted
// over several lines or stands in here-documents is not told apart: words too many are harmless where only programs
// that exist count.
std::vector<std::string> command_words(std::string_view script);

// Absolute paths that a shell line names in plain letters, as /etc/app.conf in "test -e /etc/app.conf"; sorted, each
// once. What holds a variable or a pattern is left out.
std::vector<std::string> path_words(std::string_view script);

// LINE as the words that exec takes, with the shell's quotes and backslashes (XCU 2.2).
// Errors: a quote without its end; an operator (|, &, ;, <, >) or a variable outside quotes, which needs a shell.
Result<std::vector<std::string>> split_words(std::string_view line);

// TEXT as one word of a shell command that people can paste into any shell: 'a b', and "$(printf 'a\033')" if it has
// bytes that no terminal shows. Only if a newline is its last byte, it is as bash, zsh and busybox read it: $'a\x0a'.
std::string shell_word(std::string_view text);

// Whether a script whose first line goes on with SHEBANG after "#!" is one of a shell with POSIX's grammar, through
// env(1) too.
bool is_shell(std::string_view shebang);

}  // namespace winnow
