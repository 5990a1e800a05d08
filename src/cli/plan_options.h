// SPDX-License-Identifier: Apache-2.0
// The options that `plan` and `slim` share, and the settings file, which can set them for a project.
#pragma once

#include <string>
#include <vector>

#include "winnow/base/error.h"
#include "winnow/plan/plan.h"

namespace CLI {
class App;
}

namespace winnow::cli {

struct PlanWords {
  PlanOptions options;
  std::string policy;                            // the option's value; empty: not given
  std::vector<std::string> commands, manifests;  // command lines, and files
  std::string settings;                          // the settings file; empty: kSettings if it exists
  bool base_layers_given = false;
};

// The settings file that a project keeps beside its Dockerfile; it is read from the working directory.
inline constexpr const char* kSettings = ".winnow.json";

void add_plan_options(CLI::App& command, PlanWords& words);
// Returns the options, with what the settings file adds: lists are joined; for all else the command line goes first.
// Errors name the file and the field.
Result<PlanOptions> plan_options(PlanWords words);

}  // namespace winnow::cli
