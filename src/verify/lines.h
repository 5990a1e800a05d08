// SPDX-License-Identifier: Apache-2.0
// Finds the lines that two texts have in common, in order.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace winnow::verify {

// Returns the lines of TEXT, each with the line break that ends it; the last one may have none.
std::vector<std::string_view> lines_of(std::string_view text);

// Returns a hash that is the same for lines that differ only in numbers.
std::size_t shape_of(std::string_view line);

// How many lines may have to be removed or inserted to turn one text into the other. It bounds the time to as many
// steps per line, and the memory to its square.
inline constexpr std::size_t kMostEdits = 1000;

// Returns pairs of indexes of lines, ascending in both texts, that differ only in numbers: times, sizes, process ids,
// digests. These are as many pairs as possible. If the texts take more than MOST_EDITS, the lines of the common
// beginning and the common end are paired and, if what is between them has equally many lines in both texts, these
// lines, too, one by one.
std::vector<std::pair<std::size_t, std::size_t>> alike(std::span<const std::string_view> one,
                                                       std::span<const std::string_view> other,
                                                       std::size_t most_edits = kMostEdits);

}  // namespace winnow::verify
