// SPDX-License-Identifier: Apache-2.0
// Brings each event to the target it belongs to, and begins targets; with a session, all of it is kept.
#include "record/recording.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <cstring>
#include <limits>
#include <set>

#include "events.h"
#include "record/snapshot.h"
#include "winnow/base/error.h"
#include "winnow/base/text.h"
#include "winnow/base/time.h"

namespace winnow::record {
namespace {

using std::chrono::milliseconds;

constexpr auto kRewriteAgain = std::chrono::seconds(10);  // after the disk did not take the journal
constexpr int kSnapshotRounds = 5;  // of looking for tasks that were born while the others were read

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// As the programs make them of arguments: even, and neither the workload's nor that of those who are on their way in.
std::uint64_t visit_of(const std::vector<std::string>& command) {
  return std::hash<std::string>{}(fmt::format("{}", fmt::join(command, "\n"))) << 1 | std::uint64_t{1} << 63;
}

}  // namespace

Result<Recording> Recording::make(const RecorderOptions& options) {
  Recording recording;
  recording.options = options;
  TRY(auto hierarchy, options.hierarchy ? Result<Hierarchy>(*options.hierarchy) : default_hierarchy());
  recording.options.hierarchy = recording.hierarchy = hierarchy;
  TRY(recording.home, root_of("self"));
  // A sandbox may hide process 1. A recorder in a container has a parent outside: the engine's, on the host.
  auto host = root_of("1");
  if (!host) host = root_of(std::to_string(::getppid()));
  recording.host = host.value_or(recording.home);
  return recording;
}

// False: its target is not known.
bool Recording::take(std::span<const std::byte> bytes) {
  const auto event = decode(bytes);
  if (!event) return true;
  if (event->kind == WN_BORN) {
    take_birth(*event);
    return true;
  }
  const auto target = targets.find(event->target);
  if (target == targets.end()) return false;
  if (event->kind == WN_GONE) {
    if (event->cgroup == event->target) target->second.end(event->time_ns);
  } else if (target->second.take(*event, mounts_of)) {
    last_new = Clock::now();
  }
  return true;
}

void Recording::take_birth(const Event& event) {
  const std::string id = container_id_of(event.name);
  if (id.empty()) {  // an engine's helper
    if (programs) programs->maps().forget(event.cgroup);
    return;
  }
  const Cgroup cgroup{event.name, event.cgroup};
  targets.insert_or_assign(event.cgroup,
                           Target(cgroup, event.time_ns, event.root, Origin::kAdopted, options.max_paths));
  born.push_back({cgroup, id});
}

// An event may overtake the birth of its target when that went into the overflow map. Those of targets that are still
// unknown after both were read are of targets that were released.
void Recording::take_early() {
  for (const auto& bytes : std::exchange(early_, {})) take(bytes);
}

// If all targets together take as much as they may, those grow no more that take more than half of a fair share: one
// that touches endless names does not use up what others need.
void Recording::share_memory() {
  std::size_t sum = 0;
  for (const auto& [id, target] : targets) sum += target.bytes();
  const bool full = sum >= options.max_bytes;
  for (auto& [id, target] : targets)
    target.limit(full ? options.max_bytes / 2 / targets.size() : std::numeric_limits<std::size_t>::max());
}

Result<void> Recording::drain(milliseconds timeout) {
  share_memory();
  Result<void> kept;
  auto drained = programs->maps().drain(timeout, [&](std::span<const std::byte> bytes) {
    if (kept) kept = keep(Session::Kind::kEvent, text_of(bytes));
    if (!take(bytes)) early_.emplace_back(bytes.begin(), bytes.end());
  });
  take_early();
  if (!kept) return kept;
  return drained ? shorten_session() : drained;
}

std::vector<unsigned> Recording::take_parked(std::uint64_t target, bool over) {
  constexpr std::uint64_t kUnderWay = 1'000'000'000;  // ns; a lookup is a matter of micro- or milliseconds
  Parked parked = programs->maps().parked(target);
  for (const auto& bytes : parked.silent) take(bytes);
  std::vector<unsigned> unknown;
  const std::uint64_t now = monotonic_ns();
  for (const auto& one : parked.open)
    if (over || now > one.submitted_ns + kUnderWay) unknown.push_back(one.operation);
  return unknown;
}

Result<void> Recording::keep(Session::Kind kind, std::string_view data) {
  if (!session || !disk_trouble.empty()) return {};
  auto kept = session->append(kind, data);
  if (kept || !options.outlasts_disk) return kept;
  disk_trouble = kept.error().what;
  if (programs) programs->maps().set_unkept(true);
  return {};
}

// A long journal is written anew; and one that does not have all events, as soon as the disk takes it.
Result<void> Recording::shorten_session() {
  if (!session || (!session->is_long() && disk_trouble.empty()) || Clock::now() < rewrite_at_) return {};
  auto written = rewrite_session();
  if (written) disk_trouble.clear();
  programs->maps().set_unkept(!disk_trouble.empty());
  if (written || !options.outlasts_disk) return written;
  rewrite_at_ = Clock::now() + kRewriteAgain;
  return {};
}

Result<void> Recording::keep_all() {
  if (disk_trouble.empty()) disk_trouble = "the journal misses what an earlier recorder took";
  return shorten_session();
}

Result<void> Recording::rewrite_session() {
  return session->rewrite([this](Session& fresh) -> Result<void> {
    TRY_DO(fresh.append(Session::Kind::kController, hierarchy.controller));
    for (const auto& [id, target] : targets) TRY_DO(fresh.append(Session::Kind::kTarget, target.save()));
    return fresh.append(Session::Kind::kAnnotation, annotation);
  });
}

Result<void> Recording::restore(Session::Kind kind, std::string_view data) {
  switch (kind) {
    case Session::Kind::kEvent: {
      const auto bytes = std::as_bytes(std::span(data));
      if (!take(bytes)) early_.emplace_back(bytes.begin(), bytes.end());
      return {};
    }
    case Session::Kind::kTarget: {
      TRY(auto target, Target::restore(data, options.max_paths));
      const std::uint64_t id = target.cgroup().id;
      targets.insert_or_assign(id, std::move(target));
      return {};
    }
    case Session::Kind::kRelease: {
      std::uint64_t id = 0;
      if (data.size() == sizeof(id)) std::memcpy(&id, data.data(), sizeof(id));
      targets.erase(id);
      std::erase_if(born, [id](const NewContainer& one) { return one.cgroup.id == id; });
      return {};
    }
    case Session::Kind::kController: {
      TRY(auto found, data.empty() ? default_hierarchy() : hierarchy_of_controller(data));
      options.hierarchy = hierarchy = std::move(found);
      return {};
    }
    case Session::Kind::kAnnotation:
      annotation = data;
      return {};
  }
  return fail("a record of an unknown kind", "resume with the winnow that began the session");
}

// Which of the processes came into the container from outside, and as what.
std::map<pid_t, std::uint64_t> Recording::tell_apart(const std::vector<pid_t>& processes, Target& target) {
  std::map<pid_t, std::uint64_t> visits;
  if (container_id_of(target.cgroup().path).empty()) return visits;
  for (auto& intruder : intruders_among(processes)) {
    const std::uint64_t visit = visit_of(intruder.command);
    programs->maps().mark_entered(intruder.pid, visit);
    target.enter(visit, std::move(intruder.command), 0);
    visits[intruder.pid] = visit;
  }
  return visits;
}

// What the tasks of a target hold goes to it; again, until no new task appears.
void Recording::take_snapshot(const Processes& processes, Target& target) {
  std::set<pid_t> known;
  for (int round = 0; round < kSnapshotRounds; ++round) {
    const std::size_t before = known.size();
    const auto all = processes();
    auto visits = tell_apart(all, target);
    for (const pid_t pid : all) {
      if (!known.insert(pid).second) continue;
      target.take(held_by(pid), visits[pid]);
    }
    if (known.size() == before) return;
  }
}

// The root that a runtime is at home in, if the first of a container's PROCESSES still is, too: then the container is
// about to be started. It may be in the mount namespace of the container already, where that root is only left later.
std::optional<Root> Recording::runtime_among(const std::vector<pid_t>& processes) const {
  const auto root = processes.empty() ? std::unexpected(Error{}) : root_of(std::to_string(first_among(processes)));
  if (!root) return std::nullopt;
  for (const Root& known : {home, host})
    if (root->mount_namespace == known.mount_namespace || root->same_directory(known)) return known;
  return std::nullopt;
}

// From here on calls are recorded: the first key before the others, so that a cgroup made meanwhile inherits from it.
Result<void> Recording::watch(const Cgroup& cgroup, const std::vector<std::uint64_t>& keys,
                              const Processes& processes) {
  const auto before = processes();
  wn_target value{};
  value.id = cgroup.id;
  value.born = monotonic_ns();
  value.flags = container_id_of(cgroup.path).empty() ? 0 : WN_IS_CONTAINER;
  value.first = before.empty() ? 0 : before.front() == 0 ? -1 : before.front();
  const bool is_container = value.flags != 0;
  const Root outside = is_container ? runtime_among(before).value_or(host) : home;
  wn_account fresh{};
  fresh.home_ino = outside.inode;
  fresh.home_dev = outside.device;
  fresh.home_ns = outside.mount_namespace;
  fresh.begun = !is_container || (!before.empty() && !runtime_among(before)) ? 1 : 0;
  for (const std::uint64_t key : keys) {
    if (!programs->maps().watch(key, value, fresh)) {
      programs->maps().forget(cgroup.id);
      return fail("watching cgroup " + printable(cgroup.path) + ": too many cgroups are watched",
                  "record fewer containers at once");
    }
    value.first = -1;
  }
  const auto tasks = processes();
  const auto runtime = is_container ? runtime_among(tasks) : std::nullopt;
  const auto origin = tasks.empty() ? Origin::kEmpty : Origin::kRunning;
  auto& target =
      targets.emplace(cgroup.id, Target(cgroup, value.born, runtime.value_or(outside), origin, options.max_paths))
          .first->second;
  if (const auto root = root_of(std::to_string(first_among(tasks))); root && !runtime) target.settle(*root);
  take_snapshot(processes, target);
  last_new = Clock::now();
  return session ? keep(Session::Kind::kTarget, target.save()) : Result<void>{};
}

}  // namespace winnow::record
