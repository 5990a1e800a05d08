// SPDX-License-Identifier: Apache-2.0
// A profile as the text that objects hold: gzip (RFC 1952) and base64 (RFC 4648).
#pragma once

#include <string>
#include <string_view>

#include "winnow/base/error.h"

namespace winnow {

inline constexpr std::string_view kEncoding = "gzip+base64";

Result<std::string> pack(std::string_view text);
// Errors: TEXT is neither; what it unpacks to is more than 128 MiB.
Result<std::string> unpack(std::string_view text);

}  // namespace winnow
