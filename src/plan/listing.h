// SPDX-License-Identifier: Apache-2.0
// Directories whose names the workload read for their own sake, and what of them is not kept.
#pragma once

#include <cstdint>
#include <vector>

#include "plan/decisions.h"

namespace winnow {

// What the names in one directory that nobody opened may add to the image, in bytes of content; what does not fit is a
// risk that people are told of.
inline constexpr std::uint64_t kMaxListed = std::uint64_t{1} << 20;

struct Listing {
  EntryId directory = 0;
  const Access* access = nullptr;
  std::string_view by;                   // the first program that listed it
  std::uint64_t entries = 0, bytes = 0;  // of what is in the directory and is not kept
};

// Each directory once; those of Python's library in which an import system only searches for modules are left out.
std::vector<Listing> listings(Decisions& plan);

}  // namespace winnow
