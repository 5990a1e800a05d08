// SPDX-License-Identifier: Apache-2.0
// winnow-node: the program of a node's image. It has what records a node and keeps it, and nothing that cuts images.
#include <CLI/CLI.hpp>

#include "winnow/fleet/commands.h"

int main(int argc, char** argv) {
  using namespace winnow::cli;
  CommandLine line;
  const auto add_all = [&](CLI::App& app) {
    add_agent(app, line);
    add_fetch(app, line);
  };
  return run_program(argc, argv, {"winnow on a node: records the containers that run here", add_all}, line);
}
