// SPDX-License-Identifier: Apache-2.0
// Reads the options for plans that a project keeps in a file beside its Dockerfile: schema "winnow.settings/1".
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
  std::vector<std::string> commands, manifests;   // command lines; paths of Kubernetes manifests
  std::optional<std::size_t> base_layers;         // as in PlanOptions
  bool walked = true;                             // as in PlanOptions
};

// Errors: TEXT is not JSON; a field is unknown or has a wrong type (the error names the field).
Result<PlanSettings> settings_from_json(std::string_view text);

}  // namespace winnow
