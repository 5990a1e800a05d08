// SPDX-License-Identifier: Apache-2.0
// Where winnow keeps what it has to remember between runs: trials and sessions.
#pragma once

#include <string>

#include "winnow/base/error.h"

namespace winnow {

// Returns the value of an environment variable; "" if it is not set.
std::string environment(const char* name);

// Returns $WINNOW_STATE if it is set; else /var/lib/winnow for root; else $XDG_STATE_HOME/winnow or
// ~/.local/state/winnow. Makes no directory. Error: none of these variables names a place.
Result<std::string> state_directory();

}  // namespace winnow
