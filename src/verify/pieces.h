// SPDX-License-Identifier: Apache-2.0
// What two versions of one line have in common.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace winnow::verify {

// What has to be in a line, in this order, the first at its begin, the last at its end: word by word if both versions
// have as many, else field by field between the fields that are the same in both. Parts of ONE.
std::vector<std::string_view> common_pieces(std::string_view one, std::string_view other);

// Returns the same for lines that differ only in numbers, hexadecimal ones without a digit too.
std::size_t loose_shape_of(std::string_view line);

}  // namespace winnow::verify
