// SPDX-License-Identifier: Apache-2.0
// Directories whose names the workload read.
#pragma once

#include <cstdint>
#include <vector>

#include "plan/decisions.h"

namespace winnow {

// Names that nobody opened are kept up to so many bytes of content in one directory; more is a risk that people are
// told of.
inline constexpr std::uint64_t kMaxListed = std::uint64_t{1} << 20;

struct Listing {
  EntryId directory = 0;
  const Access* access = nullptr;
  std::uint64_t entries = 0, bytes = 0;  // of what is in the directory and is not kept
};

// Each directory once; those in which an import system only searches for modules are left out.
std::vector<Listing> listings(Decisions& plan);

}  // namespace winnow
