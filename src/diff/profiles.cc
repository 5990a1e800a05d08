// SPDX-License-Identifier: Apache-2.0
// The comparison of two profiles: paths, kinds, programs, system calls, runs.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "winnow/diff/profile_diff.h"

namespace winnow {
namespace {

// All accesses by one requested path.
struct Touched {
  Place place = Place::kMiss;
  Kinds kinds;
  std::set<std::string_view> programs;
};

using ByPath = std::map<std::string_view, Touched>;

Place place_of(const Access& access) {
  if (access.kinds.only(Kind::kMiss)) return Place::kMiss;
  if (access.unresolved) return Place::kUnresolved;
  return access.other_mount ? Place::kOtherMount : Place::kImage;
}

// The place that says the most for a path: what was found once was there.
Place better(Place one, Place other) {
  constexpr Place kOrder[] = {Place::kImage, Place::kOtherMount, Place::kUnresolved, Place::kMiss};
  return std::ranges::find(kOrder, one) < std::ranges::find(kOrder, other) ? one : other;
}

// PROFILE's map is sorted by path, so each path goes to the end.
ByPath by_path(const AccessProfile& profile) {
  ByPath paths;
  for (const auto& [key, access] : profile.accesses) {
    Touched& touched = paths.try_emplace(paths.end(), access.path)->second;
    touched.place = better(touched.place, place_of(access));
    touched.kinds |= access.kinds;
    if (!access.by.empty()) touched.programs.insert(access.by);
    for (const std::string& program : access.also_by)
      if (!program.empty()) touched.programs.insert(program);
  }
  return paths;
}

std::vector<std::string> strings(const std::set<std::string_view>& set) { return {set.begin(), set.end()}; }

PathChange changed(std::string_view path, const Touched* before, const Touched* after) {
  PathChange change;
  change.path = path;
  change.place = (after != nullptr ? after : before)->place;
  if (before != nullptr) {
    change.kinds_before = before->kinds;
    change.programs_before = strings(before->programs);
  }
  if (after != nullptr) {
    change.kinds_after = after->kinds;
    change.programs_after = strings(after->programs);
  }
  return change;
}

void compare_paths(const ByPath& a, const ByPath& b, ProfileDiff& diff) {
  auto one = a.begin();
  auto two = b.begin();
  while (one != a.end() || two != b.end()) {
    const int order = one == a.end() ? 1 : two == b.end() ? -1 : one->first.compare(two->first);
    const auto* const before = order <= 0 ? &*one++ : nullptr;
    const auto* const after = order >= 0 ? &*two++ : nullptr;
    if (before != nullptr && after != nullptr && before->second.kinds == after->second.kinds &&
        before->second.programs == after->second.programs && before->second.place == after->second.place)
      continue;
    diff.paths.push_back(changed((after != nullptr ? after : before)->first,
                                 before != nullptr ? &before->second : nullptr,
                                 after != nullptr ? &after->second : nullptr));
    const PathChange& change = diff.paths.back();
    if (change.place != Place::kImage) continue;
    ++(change.change() == Change::kAdded     ? diff.added
       : change.change() == Change::kRemoved ? diff.removed
                                             : diff.changed);
  }
}

void compare_programs(const ByPath& a, const ByPath& b, ProfileDiff& diff) {
  std::map<std::string_view, std::pair<std::uint64_t, std::uint64_t>> paths;
  for (const auto& [path, touched] : a)
    for (const auto& program : touched.programs) ++paths[program].first;
  for (const auto& [path, touched] : b)
    for (const auto& program : touched.programs) ++paths[program].second;
  for (const auto& [program, count] : paths) {
    if (count.first == 0) diff.programs.push_back({std::string(program), Change::kAdded, count.second});
    if (count.second == 0) diff.programs.push_back({std::string(program), Change::kRemoved, count.first});
  }
}

std::set<std::string> syscalls_of(const AccessProfile& profile) {
  std::set<std::string> names;
  for (const Run& run : profile.runs)
    for (const auto& [architecture, calls] : run.syscalls)
      for (const std::string& call : calls) names.insert(fmt::format("{}:{}", architecture, call));
  return names;
}

void compare_syscalls(const AccessProfile& a, const AccessProfile& b, ProfileDiff& diff) {
  const auto before = syscalls_of(a);
  const auto after = syscalls_of(b);
  if (before.empty() || after.empty()) return;
  for (const std::string& call : before)
    if (!after.contains(call)) diff.syscalls.emplace_back(Change::kRemoved, call);
  for (const std::string& call : after)
    if (!before.contains(call)) diff.syscalls.emplace_back(Change::kAdded, call);
}

RunsTold runs_of(const AccessProfile& profile) {
  RunsTold told;
  told.runs = profile.runs.size();
  for (const Run& run : profile.runs) {
    told.from_start += run.from_start ? 1 : 0;
    told.duration_ms += run.duration_ms;
  }
  told.partial = profile.partial_reasons();
  return told;
}

DiffSide side_of(const AccessProfile& profile, const ByPath& paths) {
  DiffSide side;
  side.reference = profile.image.reference;
  side.id = profile.image.id;
  side.entries = static_cast<std::uint64_t>(
      std::ranges::count_if(paths, [](const auto& one) { return one.second.place == Place::kImage; }));
  return side;
}

}  // namespace

std::string_view to_string(Place place) {
  constexpr std::string_view kNames[] = {"image", "other-mount", "miss", "unresolved"};
  return kNames[static_cast<std::size_t>(place)];
}

Change PathChange::change() const {
  if (kinds_before.empty()) return Change::kAdded;
  return kinds_after.empty() ? Change::kRemoved : Change::kChanged;
}

bool ProfileDiff::identical() const { return paths.empty() && programs.empty() && syscalls.empty(); }

ProfileDiff diff_profiles(const AccessProfile& a, const AccessProfile& b) {
  ProfileDiff diff;
  const ByPath before = by_path(a);
  const ByPath after = by_path(b);
  diff.a = side_of(a, before);
  diff.b = side_of(b, after);
  diff.runs_a = runs_of(a);
  diff.runs_b = runs_of(b);
  compare_paths(before, after, diff);
  compare_programs(before, after, diff);
  compare_syscalls(a, b, diff);
  if (a.image.id.valid() && b.image.id.valid() && a.image.id != b.image.id)
    diff.notes.emplace_back("the profiles are of different images");
  return diff;
}

}  // namespace winnow
