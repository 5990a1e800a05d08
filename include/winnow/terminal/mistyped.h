// SPDX-License-Identifier: Apache-2.0
// Guesses what was meant by an option that does not exist, or that is on the wrong side of "--".
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "winnow/base/error.h"

namespace CLI {
class App;
}

namespace winnow::cli {

// WORDS are those before "--". Returns an error about the first one that begins with a dash and is no option of COMMAND
// or of the command that it belongs to; its hint says what was probably meant. nullopt: all are known.
std::optional<Error> mistyped_option(const CLI::App& command, std::span<char* const> words);

// Returns an error if WORD, which stands after "--", is an option of COMMAND and none of `docker run`.
std::optional<Error> option_behind_dashes(const CLI::App& command, std::string_view word);

}  // namespace winnow::cli
