// SPDX-License-Identifier: Apache-2.0
// gzip (RFC 1952) in memory.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "winnow/base/error.h"

namespace winnow {

// Returns BYTES, fewer than 4 GiB, as one gzip member, as small as zlib makes it.
Result<std::string> gzip(std::string_view bytes);
// Returns what one gzip member holds. Errors: BYTES are none, or cut off; they hold more than MOST bytes.
Result<std::string> gunzip(std::string_view bytes, std::size_t most);

}  // namespace winnow
