// SPDX-License-Identifier: Apache-2.0
// Families: sets of entries that belong together, of which a workload may touch only some in one run.
#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "plan/decisions.h"
#include "winnow/base/shell.h"

namespace winnow {

// A family that an entry which was touched belongs to.
struct Family {
  std::string name;             // "time-zones", "templates", ...
  std::string glob;             // matches its members; --keep takes it
  EntryId member = 0;           // the entry that was touched
  bool one_owner = false;       // only entries whose owner is related to that of MEMBER are members: both are system
                                // packages of one manager, both are one package of a language, or both are unowned
  std::set<std::string> types;  // extensions of members: ".html"; empty: all that GLOB matches
};

// Returns the names that a Family can have; --family takes them.
std::span<const std::string_view> family_names();

// Returns the families of all files that the workload opened, ran or mapped; each (name, glob) once, with its first
// member.
std::vector<Family> families_of_accesses(Decisions& plan);

// Calls SEE with each member of FAMILY.
void each_member(Decisions& plan, const Family& family, const std::function<void(EntryId)>& see);

}  // namespace winnow
