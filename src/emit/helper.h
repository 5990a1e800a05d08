// SPDX-License-Identifier: Apache-2.0
// Whether the source's own sh and tar pick the kept files in a build stage, or the static program pick does.
#pragma once

#include <span>
#include <string_view>

#include "winnow/base/error.h"
#include "winnow/emit/emit.h"

namespace winnow {

// The program (src/pick), for the architecture that winnow runs on.
std::string_view helper_program();

// Whether pick is to be used for LISTED, entries of SOURCE. Errors: neither way serves, or USE forbids the one that
// does.
Result<bool> choose_helper(const Index& source, std::span<const Entry* const> listed, bool special, HelperUse use);

// One name a line is what every tar reads; names that need quoting there go NUL-separated to GNU tar.
bool needs_zero(std::span<const Entry* const> listed);

}  // namespace winnow
