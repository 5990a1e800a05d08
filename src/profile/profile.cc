// SPDX-License-Identifier: Apache-2.0
// The access profile: how sightings and whole profiles are united.
#include "winnow/profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace winnow {
namespace {

constexpr std::array<std::pair<Kind, std::string_view>, 8> kKindNames = {{
    {Kind::kOpen, "open"},
    {Kind::kExec, "exec"},
    {Kind::kStat, "stat"},
    {Kind::kLstat, "lstat"},
    {Kind::kReadlink, "readlink"},
    {Kind::kDir, "dir"},
    {Kind::kMap, "map"},
    {Kind::kMiss, "miss"},
}};

}  // namespace

std::vector<std::string_view> Kinds::names() const {
  std::vector<std::string_view> names;
  for (const auto& [kind, name] : kKindNames)
    if (has(kind)) names.push_back(name);
  return names;
}

std::optional<Kind> Kinds::from_name(std::string_view name) {
  for (const auto& [kind, known] : kKindNames)
    if (known == name) return kind;
  return std::nullopt;
}

bool Losses::any() const { return *this != Losses{}; }

Losses& Losses::operator+=(const Losses& other) {
  ring_full += other.ring_full;
  truncated += other.truncated;
  unreadable += other.unreadable;
  targets_full += other.targets_full;
  compat_syscalls += other.compat_syscalls;
  io_uring += other.io_uring;
  return *this;
}

void AccessProfile::add(Access access) {
  auto key = std::pair(access.path, access.resolved);
  const auto [at, is_new] = accesses.try_emplace(std::move(key), access);
  if (is_new) return;
  Access& known = at->second;
  known.kinds |= access.kinds;
  known.runs.merge(access.runs);
  known.other_mount = known.other_mount && access.other_mount;  // seen once on the image's own file system: it counts
  // The program's name breaks a tie, so that a union does not depend on the order.
  if (std::pair(access.first_ms, access.by) < std::pair(known.first_ms, known.by)) {
    known.first_ms = access.first_ms;
    known.by = std::move(access.by);
  }
}

std::vector<std::string> AccessProfile::partial_reasons() const {
  Losses lost;
  for (const Run& run : runs) lost += run.lost;
  std::vector<std::string> reasons;
  const auto tell = [&](std::uint64_t count, std::string_view what) {
    if (count > 0) reasons.push_back(fmt::format("{} {}", count, what));
  };
  tell(lost.ring_full, "events found the ring buffer full");
  tell(lost.truncated, "paths were too long or too deep to be read in the kernel");
  tell(lost.unreadable, "names could not be read from the process's memory");
  tell(lost.targets_full, "cgroups could not be watched: too many at once");
  tell(lost.compat_syscalls, "file system calls came from 32-bit processes, which are not decoded");
  tell(lost.io_uring, "io_uring calls were made, whose file opens cannot be seen by this backend");
  return reasons;
}

Result<void> AccessProfile::merge(const AccessProfile& other, bool any_image) {
  if (!any_image && image.id != other.image.id)
    return fail(fmt::format("these profiles are of different images: {} and {}", image.id.str(), other.image.id.str()),
                "merge only profiles of one image");
  // A run that is here already is the same run: merging twice changes nothing.
  std::vector<std::uint32_t> moved_to;
  for (const Run& run : other.runs) {
    const auto known = std::ranges::find(runs, run);
    moved_to.push_back(static_cast<std::uint32_t>(known - runs.begin()));
    if (known == runs.end()) runs.push_back(run);
  }
  for (const auto& [key, theirs] : other.accesses) {
    Access access = theirs;
    access.runs.clear();
    for (const std::uint32_t run : theirs.runs) access.runs.insert(moved_to.at(run));
    add(std::move(access));
  }
  return {};
}

}  // namespace winnow
