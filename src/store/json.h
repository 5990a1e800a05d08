// SPDX-License-Identifier: Apache-2.0
// Reads the JSON of objects, which may be hostile: size and depth are bounded, and a member may be anything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "winnow/base/error.h"

namespace winnow {

using ObjectJson = nlohmann::ordered_json;

inline constexpr std::size_t kMaxObject = std::size_t{4} << 20;  // etcd takes 1.5 MiB
inline constexpr std::size_t kMaxValues = 16'384;                // of one object; the data are one

// Error: TEXT is no JSON object, or too large or too deep.
Result<ObjectJson> parse_object(std::string_view text);
// Return the member that PATH leads to; "" and 0: it is not there, or is something else.
std::string text_at(const ObjectJson& object, std::initializer_list<std::string_view> path);
std::uint64_t number_at(const ObjectJson& object, std::initializer_list<std::string_view> path);
// Returns null if it is not there.
const ObjectJson* member_at(const ObjectJson& object, std::initializer_list<std::string_view> path);

}  // namespace winnow
