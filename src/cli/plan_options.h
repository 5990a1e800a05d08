// SPDX-License-Identifier: Apache-2.0
// The words that `plan` and `slim` share, and the file that can say them for a project.
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
  std::string policy;                            // as given; empty: not given
  std::vector<std::string> commands, manifests;  // lines, and files
  std::string settings;                          // file; empty: kSettings where there is one
  bool base_layers_given = false;
};

// What a project keeps beside its Dockerfile; looked for in the working directory.
inline constexpr const char* kSettings = ".winnow.json";

void add_plan_options(CLI::App& command, PlanWords& words);
// The options, with what the settings file adds: lists are joined, and the command line goes before it in all else.
// Errors name the file and the field.
Result<PlanOptions> plan_options(PlanWords words);

}  // namespace winnow::cli
