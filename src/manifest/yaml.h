// SPDX-License-Identifier: Apache-2.0
// Reads YAML as JSON values: every scalar is a string or null.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "winnow/base/error.h"

namespace winnow::manifest {

inline constexpr std::size_t kMaxDepth = 100;
inline constexpr std::size_t kMaxNodes = 1'000'000;                // after aliases are expanded
inline constexpr std::size_t kMaxScalars = std::size_t{64} << 20;  // bytes of scalars, after aliases are expanded

// Returns the documents of TEXT. Aliases and merge keys ("<<") are expanded. A key that occurs twice is an error, as it
// is for kubectl.
Result<std::vector<nlohmann::json>> read_yaml(std::string_view text);

}  // namespace winnow::manifest
