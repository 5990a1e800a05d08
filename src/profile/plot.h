// SPDX-License-Identifier: Apache-2.0
// A small curve in letters, for a terminal or a mail.
#pragma once

#include <string>
#include <vector>

namespace winnow {

// KNOWN as stars, AHEAD, which goes on from it, as dots, one value a column; the numbers at the left are the largest
// and the smallest value.
std::string plot(const std::vector<double>& known, const std::vector<double>& ahead);

}  // namespace winnow
