// SPDX-License-Identifier: Apache-2.0
// Healing: a missing path becomes a wish of the program that looked for it.
#include "winnow/heal.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

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

Access wish(const std::string& path, const std::string& by) {
  Access access;
  access.path = path;
  access.kinds = Kind::kWanted;
  access.by = by;
  return access;
}

const std::string& place_of(const Access& access) { return access.resolved.empty() ? access.path : access.resolved; }

// Where something was found on the image's own file system.
bool is_hit(const Access& access) {
  return !access.kinds.only(Kind::kMiss) && !access.other_mount && !access.unresolved;
}

std::set<std::string> places_in(const AccessProfile& profile) {
  std::set<std::string> places;
  for (const auto& [key, access] : profile.accesses)
    if (is_hit(access)) places.insert(place_of(access));
  return places;
}

// What the test touched on the source image beside what was missing, and no recorded run did.
std::vector<Healed> neighbours(const std::map<std::string, std::string>& directories, const AccessProfile& recorded,
                               const AccessProfile& source_run) {
  std::vector<Healed> found;
  std::set<std::string> known = places_in(recorded);
  for (const auto& [key, access] : source_run.accesses) {
    const std::string& path = place_of(access);
    const auto beside = directories.find(std::string(parent_of(path)));
    if (!is_hit(access) || beside == directories.end() || !known.insert(path).second) continue;
    Healed one;
    one.missing.path = one.missing.requested = path;
    one.missing.by = access.by;
    one.why = fmt::format("not missed yet: the test asks for it beside {}", beside->second);
    one.added = true;
    found.push_back(std::move(one));
  }
  return found;
}

// Whether the plan was made with all PROGRAMS' listings of DIRECTORY, and left names out all the same.
bool is_known_listing(const AccessProfile& recorded, const std::string& directory,
                      const std::set<std::string>& programs) {
  return std::ranges::any_of(recorded.accesses, [&](const auto& one) {
    const Access& access = one.second;
    return place_of(access) == directory && access.kinds.has(Kind::kList) &&
           std::ranges::includes(access.listed_by, programs);
  });
}

}  // namespace

std::vector<Healed> heal_listings(AccessProfile& recorded, const std::vector<ShrunkListing>& shrunk) {
  std::vector<Healed> healed;
  for (const ShrunkListing& one : shrunk) {
    if (one.modules) continue;
    std::set<std::string> programs = one.also_by;
    programs.insert(one.by);
    Healed& listing = healed.emplace_back();
    listing.missing.path = listing.missing.requested = one.directory;
    listing.missing.by = one.by;
    listing.added = !is_known_listing(recorded, one.directory, programs);
    listing.why = listing.added ? fmt::format("its names, of which {} were not there to be listed", one.lacking)
                                : fmt::format("the plan does not keep all names in it; --keep '{}' does", one.keep);
    if (!listing.added) continue;
    for (const std::string& program : programs) {
      Access access = wish(one.directory, program);
      access.kinds |= Kind::kList;
      access.listed_by = {program};
      recorded.add(std::move(access));
    }
  }
  return healed;
}

std::vector<Healed> heal(AccessProfile& recorded, const std::vector<MissingPath>& missing,
                         const AccessProfile* source_run) {
  std::vector<Healed> healed;
  AccessProfile wanted;
  std::map<std::string, std::string> directories;  // of what is put back, with one name in each
  for (const MissingPath& one : missing) {
    const bool possible = one.cause == Cause::kUnplanned;
    healed.push_back({one, possible ? why_not_recorded(recorded, one) : why_lacking(one), possible});
    if (!possible) continue;
    // Both names: the one asked for has the links on the way, the other may be what that one needs.
    for (const std::string& path : {one.requested, one.path}) wanted.add(wish(path, one.by));
    directories.try_emplace(std::string(parent_of(one.path)), one.path);
  }
  for (const auto& [key, access] : wanted.accesses) recorded.add(access);
  if (source_run == nullptr) return healed;
  for (Healed& one : neighbours(directories, recorded, *source_run)) {
    recorded.add(wish(one.missing.path, one.missing.by));
    healed.push_back(std::move(one));
  }
  return healed;
}

}  // namespace winnow
