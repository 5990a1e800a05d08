// SPDX-License-Identifier: Apache-2.0
// Healing: a missing path becomes a wish of the program that looked for it.
#include "winnow/heal.h"

#include <fmt/format.h>

#include <algorithm>

namespace winnow {
namespace {

std::string why_not_recorded(const AccessProfile& recorded, const MissingPath& missing) {
  const Access* miss = nullptr;
  for (const std::string& path : {missing.path, missing.requested})
    for (auto at = recorded.accesses.lower_bound({path, ""}); at != recorded.accesses.end(); ++at) {
      const Access& access = at->second;
      if (access.path != path) break;
      if (access.other_mount) return "while it was recorded a mount lay over it";
      if (access.kinds.has(Kind::kMiss)) miss = &access;
    }
  if (miss != nullptr) return "while it was recorded it was looked for before it was there, or after it was removed";
  if (const auto reasons = recorded.partial_reasons(); !reasons.empty())
    return "the profile is partial: " + reasons.front();
  if (std::ranges::any_of(recorded.runs, [](const Run& run) { return !run.from_start; }))
    return "recording began when the container was running already";
  return "no recorded run asked for it";
}

}  // namespace

std::vector<Healed> heal(AccessProfile& recorded, const std::vector<MissingPath>& missing) {
  std::vector<Healed> healed;
  AccessProfile wanted;
  for (const MissingPath& one : missing) {
    const bool possible = one.cause == Cause::kUnplanned;
    healed.push_back({one, possible ? why_not_recorded(recorded, one) : why_lacking(one), possible});
    if (!possible) continue;
    // Both names: the one asked for has the links on the way, the other may be what that one needs.
    for (const std::string& path : {one.requested, one.path}) {
      Access access;
      access.path = path;
      access.kinds = Kind::kWanted;
      access.by = one.by;
      wanted.add(std::move(access));
    }
  }
  for (auto& [key, access] : wanted.accesses) recorded.add(access);
  return healed;
}

}  // namespace winnow
