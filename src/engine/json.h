// SPDX-License-Identifier: Apache-2.0
// Reads members of JSON that somebody else wrote: a member that is missing or has another type counts as empty.
#pragma once

#include <initializer_list>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "winnow/base/error.h"

namespace winnow::engine {

Result<nlohmann::json> parse_object(std::string_view text);

// VALUE.a.b.c for KEYS a, b, c; null if a step is missing.
const nlohmann::json* at(const nlohmann::json& value, std::initializer_list<const char*> keys);
std::string text_at(const nlohmann::json& value, std::initializer_list<const char*> keys);
bool flag_at(const nlohmann::json& value, std::initializer_list<const char*> keys);
std::vector<std::string> texts_at(const nlohmann::json& value, std::initializer_list<const char*> keys);

}  // namespace winnow::engine
