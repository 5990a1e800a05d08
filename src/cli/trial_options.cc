// SPDX-License-Identifier: Apache-2.0
// When recording ends.
#include "cli/trial_options.h"

#include <CLI/CLI.hpp>
#include <cstdlib>

namespace winnow::cli {

void add_settle_option(CLI::App& command, std::string& settle, const std::string& help) {
  const CLI::Validator check(
      [](std::string& text) {
        const bool known = text == "auto" || CLI::PositiveNumber(text).empty();
        return known ? "" : text + " is neither a number of seconds above 0 nor auto";
      },
      "SECONDS|auto");
  command.add_option("--settle", settle, help)->check(check);
}

void set_settle(const std::string& settle, TrialSpec& spec) {
  spec.settle_by_half = settle == "auto";
  if (!settle.empty() && !spec.settle_by_half) spec.settle = seconds(std::strtod(settle.c_str(), nullptr));
}

std::optional<std::chrono::milliseconds> seconds(double value) {
  if (value <= 0) return std::nullopt;
  return std::chrono::milliseconds(static_cast<std::int64_t>(value * 1000));
}

}  // namespace winnow::cli
