// SPDX-License-Identifier: Apache-2.0
// What somebody may have meant who typed an option that does not exist, or put it on the wrong side of "--".
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "winnow/base/error.h"

namespace CLI {
class App;
}

namespace winnow::cli {

// The first of WORDS, those before "--", that begins with a dash and is no option of COMMAND or what it belongs to;
// with the one that was probably meant. Nothing: all are known.
std::optional<Error> mistyped_option(const CLI::App& command, std::span<char* const> words);

// That WORD, after "--", is an option of COMMAND's and none of `docker run`.
std::optional<Error> option_behind_dashes(const CLI::App& command, std::string_view word);

}  // namespace winnow::cli
