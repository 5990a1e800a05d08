// SPDX-License-Identifier: Apache-2.0
// The access profile: how sightings and whole profiles are united.
#include "winnow/profile/profile.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <tuple>

#include "profile/format.h"
#include "profile/run_order.h"
#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

constexpr std::array<std::pair<Kind, std::string_view>, 12> kKindNames = {{
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
    {Kind::kNotEmpty, "not-empty"},
    {Kind::kSearch, "search"},
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

constexpr std::size_t kMaxRanges = std::size_t{1} << 26;  // half a GiB of sets of runs

std::unexpected<Error> too_many_ranges() {
  return fail("a union whose paths' runs take more than half a GiB", "merge fewer profiles");
}

constexpr int kSteps = 8;  // entries walked before a search begins

std::string name_of(const Digest& id) { return id.valid() ? id.str() : "one that is not known"; }

// Another sighting of the path KNOWN. The result is the same in whatever order sightings come.
void unite(Access& known, Access access) {
  known.kinds |= access.kinds;
  known.from |= access.from;
  known.runs.merge(access.runs);
  known.other_mount = known.other_mount && access.other_mount;  // seen once on the image's own file system: it counts
  known.unresolved = known.unresolved && access.unresolved;
  known.also_by.merge(access.also_by);
  known.listed_by.merge(access.listed_by);
  // The programs' names break a tie, so that a union does not depend on the order.
  if (std::tie(access.first_ms, access.by, access.argv0) < std::tie(known.first_ms, known.by, known.argv0)) {
    known.first_ms = access.first_ms;
    std::swap(known.by, access.by);
    known.argv0 = std::move(access.argv0);
  }
  if (access.by != known.by) known.also_by.insert(std::move(access.by));
  known.also_by.erase(known.by);
}

}  // namespace

std::vector<std::string_view> Kinds::names() const { return names_in(*this, kKindNames); }
std::optional<Kind> Kinds::from_name(std::string_view name) { return named(kKindNames, name); }

std::vector<std::string_view> Actors::names() const { return names_in(*this, kActorNames); }
std::optional<Actor> Actors::from_name(std::string_view name) { return named(kActorNames, name); }

std::size_t memory_of_program(const std::string& name) { return name.size() + 80; }

std::size_t memory_of(const Access& access) {
  constexpr std::size_t kNode = 400;
  std::size_t sum = kNode + 2 * (access.path.size() + access.resolved.size()) + access.by.size() + access.argv0.size();
  for (const std::string& name : access.also_by) sum += memory_of_program(name);
  for (const std::string& name : access.listed_by) sum += memory_of_program(name);
  return sum;
}

std::size_t AccessProfile::memory() const {
  std::size_t sum = 0;
  for (const auto& [key, access] : accesses) sum += memory_of(access);
  return sum;
}

bool Losses::any() const { return *this != Losses{}; }

std::uint64_t Losses::total() const {
  std::uint64_t sum = 0;
  for (const auto& [name, field] : kLossFields)
    if (__builtin_add_overflow(sum, this->*field, &sum)) return UINT64_MAX;
  return sum;
}

Losses& Losses::operator+=(const Losses& other) {
  for (const auto& [name, field] : kLossFields)
    if (__builtin_add_overflow(this->*field, other.*field, &(this->*field))) this->*field = UINT64_MAX;
  return *this;
}

void AccessProfile::add(Access access) {
  access.also_by.erase(access.by);
  std::erase_if(access.listed_by,
                [&](const std::string& name) { return name != access.by && !access.also_by.contains(name); });
  if (access.kinds.has(Kind::kList) && access.listed_by.empty()) {
    access.listed_by = access.also_by;
    access.listed_by.insert(access.by);
  }
  auto key = std::pair(access.path, access.resolved);
  // What comes in the order of the keys, as a profile's text does, needs no search.
  if (accesses.empty() || accesses.rbegin()->first < key) {
    accesses.emplace_hint(accesses.end(), std::move(key), std::move(access));
    return;
  }
  const auto at = accesses.find(key);
  if (at == accesses.end())
    accesses.emplace(std::move(key), std::move(access));
  else
    unite(at->second, std::move(access));
}

std::vector<std::string> AccessProfile::partial_reasons() const {
  Losses lost;
  std::set<std::string> untold;
  for (const Run& run : runs) {
    lost += run.lost;
    for (const auto& operation : run.io_uring_untold) untold.insert(printable(operation));
  }
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
  const auto unresolved = std::ranges::count_if(  // a miss is nothing that could be kept
      accesses, [](const auto& one) { return one.second.unresolved && !one.second.kinds.only(Kind::kMiss); });
  tell(static_cast<std::uint64_t>(unresolved), "names start from directories that the kernel could not tell");
  tell(lost.io_uring,
       untold.empty()
           ? "io_uring calls were made, whose requests could not be watched (`winnow doctor` says why)"
           : fmt::format("requests of io_uring have lookups that are not known ({})", fmt::join(untold, ", ")));
  return reasons;
}

Result<void> AccessProfile::merge(AccessProfile other, bool any_image) {
  if (image.id != other.image.id) {
    if (!any_image)
      return fail(
          fmt::format("these profiles are of different images: {} and {}", name_of(image.id), name_of(other.image.id)),
          "merge only profiles of one image");
    image.id = {};
  }
  if (image.reference.empty() || (!other.image.reference.empty() && other.image.reference < image.reference))
    image.reference = other.image.reference;
  const auto moved = unite_runs(runs, std::move(other.runs));
  if (runs.size() > kMaxRuns)
    return fail(fmt::format("a union of more than {} runs", kMaxRuns), "merge fewer profiles");
  std::size_t ranges = 0;
  for (auto& [key, access] : accesses) {
    access.runs = moved.ours(std::move(access.runs));
    if (ranges += access.runs.ranges().size(); ranges > kMaxRanges) return too_many_ranges();
  }
  auto at = accesses.begin();
  for (auto next = other.accesses.begin(); next != other.accesses.end();) {
    const auto theirs = next++;
    theirs->second.runs = moved.theirs(std::move(theirs->second.runs));
    if (ranges += theirs->second.runs.ranges().size(); ranges > kMaxRanges) return too_many_ranges();
    // Both are sorted by the same keys: one walk. Far behind, a search is quicker than walking.
    for (int steps = 0; at != accesses.end() && at->first < theirs->first; ++at)
      if (++steps > kSteps) {
        at = accesses.lower_bound(theirs->first);
        break;
      }
    if (at != accesses.end() && at->first == theirs->first)
      unite(at->second, std::move(theirs->second));
    else
      accesses.insert(at, other.accesses.extract(theirs));
  }
  return {};
}

}  // namespace winnow
