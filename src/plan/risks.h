// SPDX-License-Identifier: Apache-2.0
// What a plan is likely to miss.
#pragma once

#include <vector>

#include "plan/decisions.h"

namespace winnow {

inline constexpr std::size_t kMaxRisks = 500;

// After the rules have run: listed directories that lost names, families of which some members are dropped, libraries
// that kept programs name, programs that kept scripts name. The most likely
// kinds first, and of each the largest.
// Kept files of nothing but zeros, as a lastlog of large user ids: a layer holds each of their bytes.
void warn_of_zeros(Decisions& plan);
std::vector<Risk> risks_of(Decisions& plan);

}  // namespace winnow
