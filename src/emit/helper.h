// SPDX-License-Identifier: Apache-2.0
// Decides whether sh and tar of the source image pick the kept files in a build stage, or the static program "pick".
#pragma once

#include <span>
#include <string_view>

#include "winnow/base/error.h"
#include "winnow/emit/emit.h"

namespace winnow {

// The bytes of pick (src/pick), built for the architecture that winnow runs on.
std::string_view helper_program();

// Whether pick has to be used for LISTED, entries of SOURCE and additions to it. SPECIAL: an addition is setuid, setgid
// or sticky. Errors: neither way works, or USE forbids the one that does.
Result<bool> choose_helper(const Index& source, std::span<const Entry* const> listed, bool special, HelperUse use);

// Whether the list of LISTED must end names with NUL bytes: one has a character that tar would unquote or take for the
// end of a line.
bool needs_zero(std::span<const Entry* const> listed);

}  // namespace winnow
