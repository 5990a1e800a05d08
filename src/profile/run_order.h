// SPDX-License-Identifier: Apache-2.0
// Puts the runs of two profiles into one order, and adapts the sets of runs that refer to them.
#pragma once

#include <cstdint>
#include <vector>

#include "winnow/profile/profile.h"

namespace winnow {

// The new index of each run of a profile.
class Moves {
 public:
  Moves() = default;
  explicit Moves(std::vector<std::uint32_t> to);
  // Returns RUNS with the new indexes. An index of no run (in a profile made by hand) is left out.
  [[nodiscard]] RunSet operator()(RunSet runs) const;

 private:
  std::vector<std::uint32_t> to_;
  bool nowhere_ = true;    // every run kept its index
  bool ascending_ = true;  // the runs kept their order, and no two became one
};

struct UnitedRuns {
  Moves ours, theirs;
};
// Adds MORE to RUNS: each run is there once, and they are sorted by time. Returns the new indexes of both.
UnitedRuns unite_runs(std::vector<Run>& runs, std::vector<Run> more);

}  // namespace winnow
