// SPDX-License-Identifier: Apache-2.0
// Points in time, and random names, as programs print them.
#pragma once

#include <cstddef>
#include <string_view>

namespace winnow::verify {

// The length of the date and time, or the time of day with seconds, that TEXT begins with; 0: with none. The formats
// are those of ISO 8601, RFC 1123, syslog, ctime(3) and web servers' logs.
std::size_t length_of_moment(std::string_view text);

// The length of what TEXT begins with if it is random bytes in Base64 (RFC 4648, of either alphabet): at least 16
// letters and digits, mixed as no words are; 0: it is none.
std::size_t length_of_token(std::string_view text);

}  // namespace winnow::verify
