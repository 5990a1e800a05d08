// SPDX-License-Identifier: Apache-2.0
// Where winnow keeps what it has to remember between runs: trials and sessions.
#pragma once

#include <string>

#include "winnow/base/error.h"

namespace winnow {

// $WINNOW_STATE; for root /var/lib/winnow, for others $XDG_STATE_HOME/winnow or ~/.local/state/winnow.
Result<std::string> state_directory();

}  // namespace winnow
