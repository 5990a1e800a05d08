// SPDX-License-Identifier: Apache-2.0
// Finds for each access the image entries that it used: the one it led to, and those it walked through.
#include "winnow/attribute/attribute.h"

#include <algorithm>

#include "winnow/base/path.h"

namespace winnow {
namespace {

// Whether a link at the end of the name was followed. Only lstat and readlink are about the link itself; of the others
// unlink and rename are too, but chdir is of the same kind, and a target too many is better than one too few.
bool follows_last(Kinds kinds) {
  constexpr Kind kFollowing[] = {Kind::kOpen, Kind::kExec, Kind::kStat,   Kind::kDir,
                                 Kind::kList, Kind::kMap,  Kind::kWanted, Kind::kSearch};
  return std::ranges::any_of(kFollowing, [&](Kind kind) { return kinds.has(kind); });
}

// Whether something is mounted there in every container of the image: calls that only name a path do not tell.
bool is_mounted(std::string_view path, const RuntimeConfig& config) {
  constexpr std::string_view kAlways[] = {"/proc", "/sys", "/dev"};  // OCI runtime-spec config-linux.md
  const auto holds = [&](std::string_view above) { return is_below(path, above); };
  return std::ranges::any_of(kAlways, holds) ||
         std::ranges::any_of(config.volumes, [&](const std::string& volume) { return holds(normal_path(volume)); });
}

Attribution attribute_one(const Access& access, const Index& index) {
  Attribution found{.access = &access};
  if (access.unresolved) {
    found.label = Label::kUnplaced;
    return found;
  }
  Resolution walk = index.resolve(access.path, follows_last(access.kinds));
  found.hops = std::move(walk.hops);
  // Where the kernel led is believed before the walk: the workload may have changed a link since the image was made.
  std::optional<EntryId> entry = access.resolved.empty() ? std::nullopt : index.find(access.resolved);
  if (!entry) entry = walk.entry;
  if (!entry && walk.loops) entry = found.hops.back();  // links that lead nowhere are what it found
  found.entry = entry;
  if (access.kinds.only(Kind::kMiss)) {
    found.label = Label::kMiss;
  } else if (access.other_mount) {
    found.label = Label::kOtherMount;
  } else if (entry) {
    found.label = Label::kEntry;
  } else {
    const bool mounted = is_mounted(index.entries[walk.deepest].path, index.config) ||
                         is_mounted(normal_path(access.path), index.config);
    found.label = mounted ? Label::kOtherMount : Label::kCreated;
  }
  if (!entry || access.other_mount)
    found.directory = access.resolved.empty() ? walk.deepest : index.resolve(access.resolved).deepest;
  return found;
}

}  // namespace

std::string_view to_string(Label label) {
  switch (label) {
    case Label::kEntry:
      return "entry";
    case Label::kCreated:
      return "created";
    case Label::kOtherMount:
      return "other-mount";
    case Label::kMiss:
      return "miss";
    case Label::kUnplaced:
      return "unplaced";
  }
  return "?";
}

std::vector<Attribution> attribute(const AccessProfile& profile, const Index& index) {
  std::vector<Attribution> all;
  all.reserve(profile.accesses.size());
  for (const auto& [key, access] : profile.accesses) all.push_back(attribute_one(access, index));
  return all;
}

Counts files_of(const Index& index) {
  return [&index](const std::string& path) {
    const auto found = index.find(path);
    return found && index.entries[*found].type != EntryType::kDirectory;
  };
}

}  // namespace winnow
