// SPDX-License-Identifier: Apache-2.0
// The options that say when recording ends, for all commands that record a trial.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "winnow/trial/trial.h"

namespace CLI {
class App;
}

namespace winnow::cli {

// --settle: seconds, or "auto".
inline constexpr auto kSettleHelp =
    "stop when nothing new came for this many seconds; auto: for the second half of the time, at least 10";
void add_settle_option(CLI::App& command, std::string& settle, const std::string& help = kSettleHelp);
void set_settle(const std::string& settle, TrialSpec& spec);
// Converts the value of an option, in seconds; nullopt if it is 0 or less: the option was not given.
std::optional<std::chrono::milliseconds> seconds(double value);

}  // namespace winnow::cli
