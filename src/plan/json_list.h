// SPDX-License-Identifier: Apache-2.0
// Takes the items of one long list out of a JSON document, so that no tree of all of them is ever in memory.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace winnow {

// Calls SEE with the text of each item of the list that the object TEXT has under NAME, and returns TEXT with that list
// empty. Neither is checked to be JSON beyond its brackets and strings: that is for the parser that gets them.
// Throws std::invalid_argument when the list does not end, or is there twice.
std::string without_list(std::string_view text, std::string_view name,
                         const std::function<void(std::string_view item)>& see);

}  // namespace winnow
