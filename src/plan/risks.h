// SPDX-License-Identifier: Apache-2.0
// Finds what a plan is likely to miss.
#pragma once

#include <vector>

#include "plan/decisions.h"

namespace winnow {

inline constexpr std::size_t kMaxRisks = 500;

// Both are called after the rules have run.
// Warns of kept files of nothing but zeros, such as a lastlog with large user ids: a layer holds all of their bytes.
void warn_of_zeros(Decisions& plan);
// Returns the risks: names missing in listed directories, dropped files below volumes, libraries that kept programs
// name, programs that kept scripts name, dropped members of families, lock files. At most kMaxRisks: the kinds that are
// most likely to be needed first, and of each kind the largest.
std::vector<Risk> risks_of(Decisions& plan);

}  // namespace winnow
