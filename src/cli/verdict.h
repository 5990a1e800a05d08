// SPDX-License-Identifier: Apache-2.0
// How `verify` and `slim` show a verdict.
#pragma once

#include <CLI/CLI.hpp>

#include "winnow/base.h"
#include "winnow/verify.h"

namespace winnow::cli {

// --accept-listings.
CLI::Option* add_accept_listings(CLI::App& command, bool& accept);

// To stdout: for people, or one line of JSON.
Result<void> print_verdict(const Verdict& verdict, bool json);

}  // namespace winnow::cli
