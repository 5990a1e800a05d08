// SPDX-License-Identifier: Apache-2.0
// Finds what the command line advises about an error: the error's hint, or the command line's words for its Advice.
#pragma once

#include <string>

#include "winnow/base/error.h"

namespace winnow::cli {

// Returns one sentence; "": there is no advice.
std::string hint_of(const Error& error);

}  // namespace winnow::cli
