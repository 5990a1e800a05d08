// SPDX-License-Identifier: Apache-2.0
// Reads a project's settings.
#include "winnow/plan/settings.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "winnow/base/json.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

constexpr std::string_view kSchema = "winnow.settings/1";

void append(std::vector<std::string>& list, const nlohmann::json& json, const char* field) {
  if (!json.at(field).is_array()) throw std::invalid_argument(fmt::format("\"{}\" has to be a list of strings", field));
  for (const nlohmann::json& one : json.at(field)) {
    if (!one.is_string()) throw std::invalid_argument(fmt::format("\"{}\" has to be a list of strings", field));
    list.push_back(one.get<std::string>());
  }
}

PlanSettings settings_in(const nlohmann::json& json) {
  PlanSettings settings;
  if (!json.is_object()) throw std::invalid_argument("it has to be an object: {\"policy\": \"families\"}");
  for (const auto& [field, value] : json.items()) {
    if (field == "schema") {
      if (value != kSchema) throw std::invalid_argument(fmt::format("\"schema\" has to be \"{}\"", kSchema));
    } else if (field == "policy") {
      const auto policy = policy_from_name(value.is_string() ? value.get<std::string>() : "");
      if (!policy) throw std::invalid_argument("\"policy\" has to be strict, families or app");
      settings.policy = policy;
    } else if (field == "keep") {
      append(settings.keep, json, "keep");
    } else if (field == "drop") {
      append(settings.drop, json, "drop");
    } else if (field == "families") {
      append(settings.families, json, "families");
    } else if (field == "commands") {
      append(settings.commands, json, "commands");
    } else if (field == "manifests") {
      append(settings.manifests, json, "manifests");
    } else if (field == "base_layers") {
      if (!value.is_number_unsigned()) throw std::invalid_argument("\"base_layers\" has to be a number from 0 on");
      settings.base_layers = value.get<std::size_t>();
    } else if (field == "walked") {
      if (!value.is_boolean()) throw std::invalid_argument("\"walked\" has to be true or false");
      settings.walked = value.get<bool>();
    } else {
      throw std::invalid_argument(fmt::format(
          "\"{}\" is none of policy, keep, drop, families, commands, manifests, base_layers, walked", field));
    }
  }
  return settings;
}

}  // namespace

Result<PlanSettings> settings_from_json(std::string_view text) {
  try {
    return settings_in(parse_json<nlohmann::json>(text));
  } catch (const nlohmann::json::exception&) {
    return fail("not JSON of the form {\"policy\": \"families\", \"keep\": [\"/srv/**\"]}",
                "docs/plan.md tells what it can say");
  } catch (const std::exception& error) {
    return fail(printable(error.what()));
  }
}

}  // namespace winnow
