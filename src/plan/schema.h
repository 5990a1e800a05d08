// SPDX-License-Identifier: Apache-2.0
// The name of keep.json's schema.
#pragma once

#include <string_view>

namespace winnow {

inline constexpr std::string_view kKeepSchema = "winnow.keep/1";

}  // namespace winnow
