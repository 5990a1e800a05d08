// SPDX-License-Identifier: Apache-2.0
// Looks members up without trusting that they are there.
#include "engine/json.h"

#include <nlohmann/json.hpp>

#include "winnow/base/error.h"
#include "winnow/base/json.h"
#include "winnow/base/text.h"

namespace winnow::engine {

using nlohmann::json;

Result<json> parse_object(std::string_view text) {
  json value = parse_if_json<json>(text);
  if (!value.is_object()) return fail("not a JSON object: " + printable(text.substr(0, 80)));
  return value;
}

const json* at(const json& value, std::initializer_list<const char*> keys) {
  const json* here = &value;
  for (const char* key : keys) {
    if (!here->is_object()) return nullptr;
    const auto found = here->find(key);
    if (found == here->end()) return nullptr;
    here = &*found;
  }
  return here;
}

std::string text_at(const json& value, std::initializer_list<const char*> keys) {
  const json* here = at(value, keys);
  const auto* text = here != nullptr ? here->get_ptr<const std::string*>() : nullptr;
  return text != nullptr ? *text : "";
}

bool flag_at(const json& value, std::initializer_list<const char*> keys) {
  const json* here = at(value, keys);
  return here != nullptr && here->is_boolean() && here->get<bool>();
}

std::vector<std::string> texts_at(const json& value, std::initializer_list<const char*> keys) {
  std::vector<std::string> texts;
  const json* here = at(value, keys);
  if (here == nullptr || !here->is_array()) return texts;
  for (const json& item : *here) {
    if (const auto* text = item.get_ptr<const std::string*>()) texts.push_back(*text);
  }
  return texts;
}

}  // namespace winnow::engine
