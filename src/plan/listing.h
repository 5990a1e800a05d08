// SPDX-License-Identifier: Apache-2.0
// Finds the directories in which the workload read the names for their own sake, and counts what of them is not kept.
#pragma once

#include <cstdint>
#include <vector>

#include "plan/decisions.h"

namespace winnow {

// How many bytes of content the names in one listed directory may add to the slim image. Names that do not fit are
// reported as a risk.
inline constexpr std::uint64_t kMaxListed = std::uint64_t{1} << 20;

struct Listing {
  EntryId directory = 0;
  const Access* access = nullptr;        // the earliest access that read its names
  std::string_view by;                   // a program that listed it: of several the first by name
  std::uint64_t entries = 0, bytes = 0;  // directly in the directory and not kept
};

// Returns each listed directory once. Directories of Python's library in which an import system only searches for
// modules are left out.
std::vector<Listing> listings(Decisions& plan);

}  // namespace winnow
