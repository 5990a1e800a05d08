// SPDX-License-Identifier: Apache-2.0
// The commands of a fleet of nodes: one records on each node, one takes what all have recorded.
#pragma once

#include "winnow/terminal/terminal.h"

namespace winnow::cli {

// Each adds one command to APP.
void add_agent(CLI::App& app, CommandLine& line);
void add_fetch(CLI::App& app, CommandLine& line);

}  // namespace winnow::cli
