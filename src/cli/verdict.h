// SPDX-License-Identifier: Apache-2.0
// Shows a verdict, for `verify` and `slim`.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "winnow/base/error.h"
#include "winnow/verify/verify.h"

namespace winnow::cli {

// Adds the option --accept-listings.
CLI::Option* add_accept_listings(CLI::App& command, bool& accept);

// Error (of usage): REPORT is stdout ("-"), and JSON goes there, too: stdout takes only one document.
Result<void> check_report(const std::string& report, bool json);
// Writes VERDICT to stdout, for people or as one line of JSON, and as Markdown to the file REPORT, unless that is
// empty. If REPORT is stdout ("-"), the Markdown takes the place of the text.
Result<void> tell_verdict(const Verdict& verdict, const std::string& report, bool json);

}  // namespace winnow::cli
