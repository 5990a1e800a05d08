// SPDX-License-Identifier: Apache-2.0
// The instruction that made a layer, as a line of text shows it.
#pragma once

#include <string>
#include <string_view>

#include "winnow/base/text.h"

namespace winnow {

// Printable, and at most 80 bytes.
inline std::string shown_instruction(std::string_view created_by) {
  return std::string(cut_between_characters(printable(created_by), 80));
}

}  // namespace winnow
