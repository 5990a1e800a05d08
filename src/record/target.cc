// SPDX-License-Identifier: Apache-2.0
// Sorts the sightings of one target and makes its profile.
#include "record/target.h"

#include <sys/utsname.h>

#include <algorithm>

#include "events.h"
#include "winnow/base/text.h"

namespace winnow::record {
namespace {

constexpr std::uint64_t kNsPerMs = 1'000'000;

std::string kernel_release() {
  utsname names{};
  return ::uname(&names) == 0 ? names.release : "";
}

// What WN_ENTERED tells: arguments, each ended by a NUL; the last may be cut off.
std::vector<std::string> command_in(std::string_view arguments) {
  std::vector<std::string> command;
  for (const std::string_view argument : split(arguments, '\0')) command.emplace_back(argument);
  return command;
}

// A pod may be entered for years, each time by another command.
constexpr std::size_t kMostVisits = 1024;
constexpr std::uint64_t kOtherVisits = 2;  // even, as hashes are; see WN_ENTERING

bool is_own(std::uint64_t visit) { return visit == WN_WORKLOAD || visit == WN_ENTERING; }

}  // namespace

Target::Target(Cgroup cgroup, std::uint64_t born_ns, const Root& home, Origin origin, std::size_t max_paths)
    : cgroup_(std::move(cgroup)),
      born_ns_(born_ns),
      home_(home),
      origin_(origin),
      max_paths_(max_paths),
      populated_(origin == Origin::kRunning),
      at_home_{View(home)} {}

// A chroot stays in the mount namespace; a runtime unshares that first and moves its root later.
bool Target::is_foreign(const Root& root) const {
  return root.mount_namespace != home_.mount_namespace && !root.same_directory(home_);
}

std::uint64_t Target::ms_since_birth(std::uint64_t time_ns) const {
  return time_ns > born_ns_ ? (time_ns - born_ns_) / kNsPerMs : 0;
}

void Target::settle(const Root& root) {
  if (is_foreign(root)) {
    inside_.emplace(Side{View(root)});
  } else {
    settled_at_home_ = true;
  }
}

// Later roots are those of sandboxes, and of containers in the container: a view of the same files or of others.
Target::Side* Target::side_of(const Root& root) {
  if (settled_at_home_) return &at_home_;
  if (!is_foreign(root)) return inside_ || origin_ == Origin::kAdopted ? nullptr : &at_home_;
  if (!inside_) inside_.emplace(Side{View(root)});
  return &*inside_;
}

// Whose accesses a visit's are counted as: that of a visit beyond the bound is not told from others.
std::uint64_t Target::teller(std::uint64_t visit) const {
  if (is_own(visit)) return WN_WORKLOAD;
  return visits_.size() < kMostVisits || visits_.contains(visit) ? visit : kOtherVisits;
}

bool Target::add(Side& side, Sighting sighting, std::uint32_t mount_namespace, std::uint64_t visit) {
  const std::uint64_t who = teller(visit);
  Access& access = sighting.access;
  AccessProfile& set = sighting.waits ? side.waiting[who][mount_namespace] : side.by_visit[who];
  const auto known = set.accesses.find({access.path, access.resolved});
  const bool full = bytes_ >= most_bytes_;
  if (known == set.accesses.end()) {
    if (full || side.paths >= max_paths_) {
      ++paths_full_;
      return false;
    }
    ++side.paths;
    bytes_ += memory_of(access);
    set.add(std::move(access));
    return true;
  }
  if (access.by != known->second.by && !known->second.also_by.contains(access.by)) {
    if (full) {  // how it was touched counts; by whom is lost
      ++paths_full_;
      access.by = known->second.by;
    } else {
      bytes_ += memory_of_program(access.by);
    }
  }
  set.add(std::move(access));
  return false;
}

bool Target::take(const Event& event, const ReadMounts& read) {
  populated_ = true;
  if (event.kind == WN_ENTERED) {
    enter(event.visit, command_in(event.name), event.time_ns);
    return false;
  }
  Side* side = side_of(event.root);
  if (side == nullptr) return false;
  bool is_new = false;
  for (Sighting& sighting : side->view.take(event, read)) {
    sighting.access.first_ms = ms_since_birth(event.time_ns);
    is_new |= add(*side, std::move(sighting), event.root.mount_namespace, event.visit);
  }
  return is_new;
}

void Target::take(const Held& held, std::uint64_t visit) {
  populated_ = true;
  unreadable_ += held.unreadable;
  if (held.root.inode == 0) return;
  Side* side = side_of(held.root);
  if (side == nullptr) return;
  side->view.know(held.root, held.mounts);
  for (const Place& place : held.places)
    for (Sighting& sighting : side->view.hold(held.root, place, held.exe))
      add(*side, std::move(sighting), held.root.mount_namespace, visit);
}

void Target::enter(std::uint64_t visit, std::vector<std::string> command, std::uint64_t time_ns) {
  if (visits_.size() >= kMostVisits) return;
  visits_.try_emplace(visit, Visit{.command = std::move(command), .first_ms = ms_since_birth(time_ns)});
}

void Target::end(std::uint64_t time_ns) { ended_ns_ = time_ns; }

// All accesses of a side by who made them. What still waits is placed by all that is known of the namespaces by now, is
// known not to be the container's, or stays unresolved.
std::map<std::uint64_t, std::vector<Access>> Target::placed(const Side& side) {
  std::map<std::uint64_t, std::vector<Access>> placed;
  for (const auto& [visit, set] : side.by_visit)
    for (const auto& [key, access] : set.accesses) placed[visit].push_back(access);
  for (const auto& [visit, spaces] : side.waiting)
    for (const auto& [space, set] : spaces)
      for (const auto& [key, waiting] : set.accesses) {
        const auto located = side.view.locate(space, waiting.path);
        if (located.whose == View::Whose::kElsewhere) continue;
        Access access = waiting;
        access.path = located.path;
        access.unresolved = located.whose == View::Whose::kUnknown;
        placed[visit].push_back(std::move(access));
      }
  return placed;
}

AccessProfile Target::profile(const Circumstances& now) const {
  AccessProfile profile;
  const std::string id = container_id_of(cgroup_.path);
  Run run{.container = id.empty() ? cgroup_.path : id,
          .name = {},
          .from_start = origin_ != Origin::kRunning,
          .started_ms = now.now_ms - std::min(now.now_ms, ms_since_birth(now.now_ns)),
          .duration_ms = ms_since_birth(ended_ns_.value_or(now.now_ns)),
          .backend = std::string(to_string(now.backend)),
          .kernel = kernel_release(),
          .command = {},
          .command_status = {},
          .entered = {},
          .syscalls = now.syscalls,
          .runtime_syscalls = now.runtime_syscalls,
          .io_uring_untold = now.untold,
          .recovered = now.recovered,
          .lost = now.lost};
  run.lost += lost();
  const auto actor_of = [&](std::uint64_t visit) {
    if (is_own(visit)) return Actor::kWorkload;
    const auto known = visits_.find(visit);
    const bool health =
        known != visits_.end() && !known->second.command.empty() && known->second.command == now.visitors.healthcheck;
    return health ? Actor::kHealthcheck : Actor::kExec;
  };
  for (const auto& [hash, visit] : visits_)
    run.entered.push_back({visit.command, actor_of(hash) == Actor::kHealthcheck, visit.first_ms});
  std::ranges::sort(run.entered, {}, [](const Visit& one) { return std::tie(one.first_ms, one.command); });
  profile.runs = {std::move(run)};
  for (const auto& [visit, accesses] : placed(counted())) {
    const Actor actor = actor_of(visit);
    if (actor == Actor::kExec && now.visitors.ignore_exec) continue;
    for (Access access : accesses) {
      access.from = actor;
      profile.add(std::move(access));
    }
  }
  return profile;
}

}  // namespace winnow::record
