// SPDX-License-Identifier: Apache-2.0
// Shows the instruction that made a layer, in a line of text.
#pragma once

#include <string>
#include <string_view>

#include "winnow/base/text.h"

namespace winnow {

// Returns CREATED_BY printable, and cut to at most 80 bytes.
inline std::string shown_instruction(std::string_view created_by) {
  return std::string(cut_between_characters(printable(created_by), 80));
}

}  // namespace winnow
