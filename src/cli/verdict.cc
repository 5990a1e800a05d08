// SPDX-License-Identifier: Apache-2.0
// A verdict on stdout, and in a file.
#include "cli/verdict.h"

#include "cli/cli.h"
#include "winnow/base/error.h"
#include "winnow/verify/report.h"

namespace winnow::cli {

CLI::Option* add_accept_listings(CLI::App& command, bool& accept) {
  return command.add_flag(
      "--accept-listings", accept,
      "pass though a program that read the names in a directory saw fewer than in the source image");
}

Result<void> check_report(const std::string& report, bool json) {
  if (report != "-" || !json) return {};
  return std::unexpected(Error::usage("--json and --report - both want stdout", "name a file for the report"));
}

Result<void> tell_verdict(const Verdict& verdict, const std::string& report, bool json) {
  if (!report.empty()) {
    auto written = write_output(report, verdict_markdown(verdict));
    if (!written || report == "-") return written;
  }
  return write_output("-", json ? verdict_json(verdict) + "\n" : verdict_text(verdict));
}

}  // namespace winnow::cli
