// SPDX-License-Identifier: Apache-2.0
// Lines of text, and which of them two texts have in common, in order.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace winnow::verify {

// Each with the line break that ends it; the last one may have none.
std::vector<std::string_view> lines_of(std::string_view text);

// Returns the same for lines that differ only in numbers.
std::size_t shape_of(std::string_view line);

// Lines taken out or put in on the way from one text to the other; it bounds time to so many steps for each line, and
// memory to its square.
inline constexpr std::size_t kMostEdits = 1000;

// Pairs of lines, rising in both, that are alike but for the numbers in them: times, sizes, process ids, digests. As
// many as can be had; if the two texts take more than MOST_EDITS, those at the same distance from the nearer end, if
// what is between the common beginning and end is equally long, and else none.
std::vector<std::pair<std::size_t, std::size_t>> alike(std::span<const std::string_view> one,
                                                       std::span<const std::string_view> other,
                                                       std::size_t most_edits = kMostEdits);

}  // namespace winnow::verify
