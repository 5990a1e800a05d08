// SPDX-License-Identifier: Apache-2.0
// Sorts the sightings of one target and makes its profile.
#include "record/target.h"

#include <sys/utsname.h>

#include <algorithm>

#include "events.h"

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
  while (!arguments.empty()) {
    const std::size_t end = std::min(arguments.find('\0'), arguments.size());
    command.emplace_back(arguments.substr(0, end));
    arguments.remove_prefix(std::min(end + 1, arguments.size()));
  }
  return command;
}

bool is_own(std::uint64_t entry) { return entry == WN_WORKLOAD || entry == WN_ENTERING; }

}  // namespace

Target::Target(Cgroup cgroup, std::uint64_t born_ns, const Root& home, Origin origin, std::size_t max_paths)
    : cgroup_(std::move(cgroup)),
      born_ns_(born_ns),
      home_(home),
      origin_(origin),
      max_paths_(max_paths),
      populated_(origin == Origin::kRunning) {}

// A chroot stays in the mount namespace; a runtime unshares that first and moves its root later.
bool Target::is_foreign(const Root& root) const {
  return root.mount_namespace != home_.mount_namespace && !root.same_directory(home_);
}

std::uint64_t Target::ms_since_birth(std::uint64_t time_ns) const {
  return time_ns > born_ns_ ? (time_ns - born_ns_) / kNsPerMs : 0;
}

void Target::settle(const Root& root) {
  if (is_foreign(root)) {
    inside_device_ = root.device;
  } else {
    settled_at_home_ = true;
  }
}

Target::Side* Target::side_of(const Root& root) {
  if (!is_foreign(root)) return inside_device_ || origin_ == Origin::kAdopted ? nullptr : &at_home_;
  if (settled_at_home_) return nullptr;
  if (!inside_device_) inside_device_ = root.device;
  return root.device == *inside_device_ ? &inside_ : nullptr;  // else a root of its own: a container in the container
}

bool Target::take(const Root& root, Access access, std::uint64_t entry) {
  populated_ = true;
  Side* side = side_of(root);
  if (side == nullptr) return false;
  AccessProfile& set = side->by_entry[is_own(entry) ? std::uint64_t{WN_WORKLOAD} : entry];
  if (side->paths >= max_paths_ && !set.accesses.contains({access.path, access.resolved})) {
    ++paths_full_;
    return false;
  }
  const std::size_t before = set.accesses.size();
  set.add(std::move(access));
  const bool is_new = set.accesses.size() > before;
  side->paths += is_new ? 1 : 0;
  return is_new;
}

bool Target::take(const Event& event) {
  populated_ = true;
  if (event.kind == WN_ENTERED) {
    enter(event.entry, command_in(event.name), event.time_ns);
    return false;
  }
  auto access = access_of(event);
  if (!access) return false;
  access->first_ms = ms_since_birth(event.time_ns);
  return take(event.root, *std::move(access), event.entry);
}

void Target::enter(std::uint64_t entry, std::vector<std::string> command, std::uint64_t time_ns) {
  entries_.try_emplace(entry, Entry{std::move(command), ms_since_birth(time_ns)});
}

void Target::end(std::uint64_t time_ns) { ended_ns_ = time_ns; }

AccessProfile Target::profile(const Circumstances& now) const {
  AccessProfile profile;
  const std::string id = container_id_of(cgroup_.path);
  Run run{.container = id.empty() ? cgroup_.path : id,
          .name = {},
          .from_start = origin_ != Origin::kRunning,
          .started_ms = now.now_ms - (now.now_ns - born_ns_) / kNsPerMs,
          .duration_ms = (ended_ns_.value_or(now.now_ns) - born_ns_) / kNsPerMs,
          .backend = std::string(name_of(now.backend)),
          .kernel = kernel_release(),
          .command = {},
          .command_status = {},
          .entered = {},
          .syscalls = now.syscalls,
          .io_uring_untold = now.untold,
          .recovered = now.recovered,
          .lost = now.lost};
  run.lost.unreadable += unreadable_;
  run.lost.paths_full += paths_full_;
  const auto actor_of = [&](std::uint64_t entry) {
    if (is_own(entry)) return Actor::kWorkload;
    const auto known = entries_.find(entry);
    const bool health =
        known != entries_.end() && !known->second.command.empty() && known->second.command == now.entries.healthcheck;
    return health ? Actor::kHealthcheck : Actor::kExec;
  };
  for (const auto& [id_of_entry, entry] : entries_)
    run.entered.push_back({entry.command, actor_of(id_of_entry) == Actor::kHealthcheck, entry.first_ms});
  std::ranges::sort(run.entered, {}, [](const Entered& one) { return std::tie(one.first_ms, one.command); });
  profile.runs = {std::move(run)};
  for (const auto& [entry, set] : (inside_device_ ? inside_ : at_home_).by_entry) {
    const Actor actor = actor_of(entry);
    if (actor == Actor::kExec && now.entries.ignore_exec) continue;
    for (auto [key, access] : set.accesses) {
      access.from = actor;
      profile.add(std::move(access));
    }
  }
  return profile;
}

}  // namespace winnow::record
