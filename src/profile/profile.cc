// SPDX-License-Identifier: Apache-2.0
// The access profile: how sightings and whole profiles are united.
#include "winnow/profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>

namespace winnow {
namespace {

constexpr std::array<std::pair<Kind, std::string_view>, 10> kKindNames = {{
    {Kind::kOpen, "open"},
    {Kind::kExec, "exec"},
    {Kind::kStat, "stat"},
    {Kind::kLstat, "lstat"},
    {Kind::kReadlink, "readlink"},
    {Kind::kDir, "dir"},
    {Kind::kList, "list"},
    {Kind::kMap, "map"},
    {Kind::kMiss, "miss"},
    {Kind::kWanted, "wanted"},
}};

constexpr std::array<std::pair<Actor, std::string_view>, 3> kActorNames = {{
    {Actor::kWorkload, "workload"},
    {Actor::kHealthcheck, "healthcheck"},
    {Actor::kExec, "exec"},
}};

template <typename Set, typename Names>
std::vector<std::string_view> names_in(const Set& set, const Names& all) {
  std::vector<std::string_view> names;
  for (const auto& [one, name] : all)
    if (set.has(one)) names.push_back(name);
  return names;
}

template <typename One, std::size_t size>
std::optional<One> named(const std::array<std::pair<One, std::string_view>, size>& all, std::string_view name) {
  for (const auto& [one, known] : all)
    if (known == name) return one;
  return std::nullopt;
}

}  // namespace

std::vector<std::string_view> Kinds::names() const { return names_in(*this, kKindNames); }
std::optional<Kind> Kinds::from_name(std::string_view name) { return named(kKindNames, name); }

std::vector<std::string_view> Actors::names() const { return names_in(*this, kActorNames); }
std::optional<Actor> Actors::from_name(std::string_view name) { return named(kActorNames, name); }

bool Losses::any() const { return *this != Losses{}; }

Losses& Losses::operator+=(const Losses& other) {
  buffers_full += other.buffers_full;
  paths_full += other.paths_full;
  targets_full += other.targets_full;
  truncated += other.truncated;
  unreadable += other.unreadable;
  busy += other.busy;
  io_uring += other.io_uring;
  return *this;
}

void AccessProfile::add(Access access) {
  auto key = std::pair(access.path, access.resolved);
  const auto [at, is_new] = accesses.try_emplace(std::move(key), access);
  if (is_new) return;
  Access& known = at->second;
  known.kinds |= access.kinds;
  known.from |= access.from;
  known.runs.merge(access.runs);
  known.other_mount = known.other_mount && access.other_mount;  // seen once on the image's own file system: it counts
  known.unresolved = known.unresolved && access.unresolved;
  known.also_by.merge(access.also_by);
  // The programs' names break a tie, so that a union does not depend on the order.
  if (std::tie(access.first_ms, access.by, access.argv0) < std::tie(known.first_ms, known.by, known.argv0)) {
    known.first_ms = access.first_ms;
    std::swap(known.by, access.by);
    known.argv0 = std::move(access.argv0);
  }
  known.also_by.insert(std::move(access.by));
  known.also_by.erase(known.by);
}

std::vector<std::string> AccessProfile::partial_reasons() const {
  Losses lost;
  for (const Run& run : runs) lost += run.lost;
  std::vector<std::string> reasons;
  const auto tell = [&](std::uint64_t count, std::string_view what) {
    if (count > 0) reasons.push_back(fmt::format("{} {}", count, what));
  };
  tell(lost.buffers_full, "events found the ring buffer and the overflow map full");
  tell(lost.paths_full, "sightings of new paths came when as many were held as may be");
  tell(lost.truncated, "paths were too long or too deep to be read in the kernel");
  tell(lost.unreadable, "names could not be read from the process's memory");
  tell(lost.targets_full, "cgroups could not be watched: too many at once");
  tell(lost.busy, "calls interrupted too many others to be looked at");
  const auto unresolved = std::ranges::count_if(accesses, [](const auto& one) { return one.second.unresolved; });
  tell(static_cast<std::uint64_t>(unresolved), "names start from directories that the kernel could not tell");
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
