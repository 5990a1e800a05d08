// SPDX-License-Identifier: Apache-2.0
// What of nlohmann's parser winnow uses, for both kinds of its values.
#include "winnow/base/json.h"

#include <nlohmann/json.hpp>

namespace winnow {

template <typename Json>
Json parse_json(std::string_view text) {
  return Json::parse(text);
}

template <typename Json>
Json parse_if_json(std::string_view text) {
  return Json::parse(text, nullptr, /*allow_exceptions=*/false);
}

template nlohmann::json parse_json(std::string_view);
template nlohmann::ordered_json parse_json(std::string_view);
template nlohmann::json parse_if_json(std::string_view);
template nlohmann::ordered_json parse_if_json(std::string_view);

}  // namespace winnow
