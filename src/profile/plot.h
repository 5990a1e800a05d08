// SPDX-License-Identifier: Apache-2.0
// Draws a small curve in letters, for a terminal or a mail.
#pragma once

#include <string>
#include <vector>

namespace winnow {

// Draws one value per column: KNOWN as stars, then AHEAD as dots. The numbers at the left are the largest and the
// smallest value.
std::string plot(const std::vector<double>& known, const std::vector<double>& ahead);

}  // namespace winnow
