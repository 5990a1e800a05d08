// SPDX-License-Identifier: Apache-2.0
// Healing: a missing path becomes a wish of the program that looked for it.
#include "winnow/verify/heal.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "winnow/base/path.h"
#include "winnow/verify/report.h"

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

bool lists(const AccessProfile& run, const std::string& directory) {
  return std::ranges::any_of(run.accesses, [&](const auto& one) {
    return is_hit(one.second) && place_of(one.second) == directory &&
           (one.second.kinds.has(Kind::kList) || one.second.kinds.has(Kind::kSearch));
  });
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

void add_listing(AccessProfile& recorded, const std::string& directory, const std::set<std::string>& programs) {
  for (const std::string& program : programs) {
    Access access = wish(directory, program);
    access.kinds |= Kind::kList;
    access.listed_by = {program};
    recorded.add(std::move(access));
  }
}

// Whether PATH, or a directory above it, is among DIRECTORIES.
const std::string* at_or_above(std::string_view path, const std::set<std::string>& directories) {
  for (;; path = parent_of(path)) {
    if (const auto found = directories.find(std::string(path)); found != directories.end()) return &*found;
    if (path == "/") return nullptr;
  }
}

// What the test listed on the source image below DIRECTORIES: it has not come there on the slim image.
void add_listings_below(const std::set<std::string>& directories, const AccessProfile& source_run,
                        AccessProfile& recorded, std::vector<Healed>& healed) {
  for (const auto& [key, access] : source_run.accesses) {
    if (!is_hit(access) || !access.kinds.has(Kind::kList) || access.listed_by.empty()) continue;
    const std::string& place = place_of(access);
    const std::string* const above = at_or_above(place, directories);
    if (above == nullptr || is_known_listing(recorded, place, access.listed_by)) continue;
    Healed one;
    one.missing.path = one.missing.requested = place;
    one.missing.by = *access.listed_by.begin();
    one.why = fmt::format("its names: the test lists it as it lists {}", *above);
    one.added = true;
    add_listing(recorded, place, access.listed_by);
    healed.push_back(std::move(one));
  }
}

}  // namespace

std::vector<Healed> heal_listings(AccessProfile& recorded, const std::vector<ShrunkListing>& shrunk,
                                  const AccessProfile* source_run, bool searches) {
  std::vector<Healed> healed;
  std::set<std::string> directories;
  for (const ShrunkListing& one : shrunk) {
    if (one.modules && !searches) continue;
    if (source_run != nullptr && !lists(*source_run, one.directory)) continue;
    std::set<std::string> programs = one.also_by;
    programs.insert(one.by);
    Healed& listing = healed.emplace_back();
    listing.missing.path = listing.missing.requested = one.directory;
    listing.missing.by = one.by;
    if (one.dropped) {
      listing.why = "--drop took its names out";
    } else if (is_known_listing(recorded, one.directory, programs)) {
      listing.why = "the plan does not keep all names in it";
      listing.keep = one.keep;
    } else {
      listing.added = true;
      listing.why = fmt::format("its names, of which {} were not there to be listed", one.lacking);
      add_listing(recorded, one.directory, programs);
      directories.insert(one.directory);
    }
  }
  if (source_run != nullptr && !directories.empty()) add_listings_below(directories, *source_run, recorded, healed);
  return healed;
}

std::vector<Healed> heal(AccessProfile& recorded, const std::vector<MissingPath>& missing,
                         const AccessProfile* source_run) {
  std::vector<Healed> healed;
  AccessProfile wanted;
  std::map<std::string, std::string> directories;  // of what is put back, with one name in each
  std::set<std::string> themselves;                // directories that are put back
  for (const MissingPath& one : missing) {
    const bool possible = one.cause == Cause::kUnplanned;
    healed.push_back({one, possible ? why_not_recorded(recorded, one) : why_lacking(one), possible});
    if (!possible) continue;
    // Both names: the one asked for has the links on the way, the other may be what that one needs.
    for (const std::string& path : {one.requested, one.path}) wanted.add(wish(path, one.by));
    directories.try_emplace(std::string(parent_of(one.path)), one.path);
    if (one.type == EntryType::kDirectory) themselves.insert(one.path);
  }
  for (const auto& [key, access] : wanted.accesses) recorded.add(access);
  if (source_run == nullptr) return healed;
  for (Healed& one : neighbours(directories, recorded, *source_run)) {
    recorded.add(wish(one.missing.path, one.missing.by));
    healed.push_back(std::move(one));
  }
  add_listings_below(themselves, *source_run, recorded, healed);
  return healed;
}

}  // namespace winnow
