// SPDX-License-Identifier: Apache-2.0
// What a project says of its plans in a file beside its Dockerfile: schema "winnow.settings/1".
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "winnow/base/error.h"
#include "winnow/plan/plan_options.h"

namespace winnow {

struct PlanSettings {
  std::optional<Policy> policy;
  std::vector<std::string> keep, drop, families;  // as in PlanOptions
  std::vector<std::string> commands, manifests;   // lines of a shell; files
  std::optional<std::size_t> base_layers;
  bool walked = true;
};

// Errors name the field.
Result<PlanSettings> settings_from_json(std::string_view text);

}  // namespace winnow
