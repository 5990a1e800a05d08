// SPDX-License-Identifier: Apache-2.0
// An image index written as text, one entry a line, so that a test can show the image it speaks of.
#pragma once

#include <string_view>

#include "winnow/index/index.h"

namespace winnow::test {

// Lines, in any order of paths; blank ones and those that begin with '#' are skipped:
//   config JSON                 the image config (Entrypoint, Env, ... under "config")
//   layer CREATED_BY            the entries below come from this layer
//   d MODE UID:GID PATH
//   f MODE UID:GID SIZE PATH [elf] [interp=PATH] [needed=A,B] [runpath=A:B] [rpath=A:B] [shebang=TEXT] [text=TEXT]
//   [owner=PACKAGE] [mentions=A,B] [group=N]
//   l PATH TARGET
// Paths and values are escaped as in profile.json; "\x20" is a space. Parents that are not listed are implied.
// Aborts with a message on a line it does not understand: a test's own text is wrong then.
Index index_from_text(std::string_view text);

}  // namespace winnow::test
