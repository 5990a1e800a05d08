// SPDX-License-Identifier: Apache-2.0
// The one order that runs have in a profile, and what becomes of sets of runs when two profiles' runs are united.
#pragma once

#include <cstdint>
#include <vector>

#include "winnow/profile/profile.h"

namespace winnow {

// Where each run of a profile went: its new index.
class Moves {
 public:
  Moves() = default;
  explicit Moves(std::vector<std::uint32_t> to);
  // RUNS with the new indexes. One that is not there (a profile made by hand) is left out.
  [[nodiscard]] RunSet operator()(RunSet runs) const;

 private:
  std::vector<std::uint32_t> to_;
  bool nowhere_ = true;    // every run stayed where it was
  bool ascending_ = true;  // none overtook another, and no two became one
};

struct UnitedRuns {
  Moves ours, theirs;
};
// RUNS and MORE together in RUNS, each run once, sorted by time.
UnitedRuns unite_runs(std::vector<Run>& runs, std::vector<Run> more);

}  // namespace winnow
