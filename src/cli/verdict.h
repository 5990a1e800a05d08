// SPDX-License-Identifier: Apache-2.0
// How `verify` and `slim` show a verdict.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "winnow/base/error.h"
#include "winnow/verify/verify.h"

namespace winnow::cli {

// --accept-listings.
CLI::Option* add_accept_listings(CLI::App& command, bool& accept);

// Whether there can be both a REPORT and JSON: stdout takes one document.
Result<void> check_report(const std::string& report, bool json);
// To stdout, for people or as one line of JSON; and as Markdown to the file REPORT, unless that is empty. A report on
// stdout ("-") takes the place of the text.
Result<void> tell_verdict(const Verdict& verdict, const std::string& report, bool json);

}  // namespace winnow::cli
