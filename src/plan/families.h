// SPDX-License-Identifier: Apache-2.0
// Families: entries that are of use together, of which a workload touches only some in one run.
#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "plan/decisions.h"
#include "winnow/base/shell.h"

namespace winnow {

// One family that a touched entry is of.
struct Family {
  std::string name;             // "time-zones", "templates", ...
  std::string glob;             // its members, as --keep takes it
  EntryId member = 0;           // the entry that was touched
  bool one_owner = false;       // only entries that belong to the same package as MEMBER, or like it to none
  std::set<std::string> types;  // extensions of members, ".html"; empty: whatever GLOB matches
};

// The names that a Family can have, as --family takes them.
std::span<const std::string_view> family_names();

// The families of everything that the workload opened or ran; each (name, glob) once, with the first member.
std::vector<Family> families_of_accesses(Decisions& plan);

// Calls SEE with each entry of FAMILY.
void each_member(Decisions& plan, const Family& family, const std::function<void(EntryId)>& see);

}  // namespace winnow
