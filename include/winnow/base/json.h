// SPDX-License-Identifier: Apache-2.0
// nlohmann's parser, which is compiled here alone: in each file that calls it, it would take a second and a half.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

namespace winnow {

// Json is nlohmann::json or nlohmann::ordered_json. Call require_depth() and require_values() before, if TEXT is
// hostile and not small.

// Throws nlohmann::json::parse_error if TEXT is not JSON.
template <typename Json>
Json parse_json(std::string_view text);
// Returns a discarded value, which is neither an object nor anything else, if TEXT is not JSON.
template <typename Json>
Json parse_if_json(std::string_view text);

}  // namespace winnow
