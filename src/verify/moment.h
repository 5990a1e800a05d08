// SPDX-License-Identifier: Apache-2.0
// Recognises points in time and random names in what programs print.
#pragma once

#include <cstddef>
#include <string_view>

namespace winnow::verify {

// Returns the length of the date and time, or of the time of day with seconds, at the beginning of TEXT; 0: there is
// none. The formats are those of ISO 8601, RFC 1123, syslog, ctime(3) and web servers' logs.
std::size_t length_of_moment(std::string_view text);

// Returns the length of the random bytes in Base64 (RFC 4648, either alphabet) at the beginning of TEXT: at least 16
// letters and digits, mixed as in no word; 0: there are none.
std::size_t length_of_token(std::string_view text);

}  // namespace winnow::verify
