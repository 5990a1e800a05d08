// SPDX-License-Identifier: Apache-2.0
// What the command line advises about an error: its own hint, or the words of the command line for its advice.
#pragma once

#include <string>

#include "winnow/base/error.h"

namespace winnow::cli {

// One sentence; empty: nothing is known to help.
std::string hint_of(const Error& error);

}  // namespace winnow::cli
