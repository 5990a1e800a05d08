// SPDX-License-Identifier: Apache-2.0
// The recorder: targets in, events from the ring, profiles out.
#include <ctime>
#include <map>
#include <set>

#include "events.h"
#include "record/programs.h"
#include "record/snapshot.h"
#include "record/target.h"
#include "winnow/record.h"

namespace winnow {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr int kSnapshotRounds = 10;  // a program that forks faster than this is seen by its calls

std::uint64_t monotonic_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);  // what bpf_ktime_get_ns() reads
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

std::uint64_t unix_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<milliseconds>(now).count());
}

std::uint64_t sum(const Losses& lost) {
  return lost.ring_full + lost.truncated + lost.unreadable + lost.targets_full + lost.compat_syscalls + lost.io_uring;
}

}  // namespace

struct Recorder::Impl {
  record::Programs programs;
  std::string mount;  // of cgroup v2
  record::Root home;  // our own root
  std::map<std::uint64_t, record::Target> targets;
  std::vector<NewContainer> born;
  Clock::time_point last_new = Clock::now();

  void take(std::span<const std::byte> bytes) {
    const auto event = record::decode(bytes);
    if (!event) return;
    if (event->kind == WN_BORN) return take_birth(*event);
    const auto target = targets.find(event->target);
    if (target == targets.end()) return;  // released since
    if (event->kind == WN_GONE) {
      if (event->cgroup == event->target) target->second.end(event->time_ns);
    } else if (target->second.take(*event)) {
      last_new = Clock::now();
    }
  }

  void take_birth(const record::Event& event) {
    const std::string id = container_id_of(event.name);
    if (id.empty()) return programs.forget(event.cgroup);  // an engine's helper
    const Cgroup cgroup{event.name, event.cgroup};
    targets.insert_or_assign(event.cgroup, record::Target(cgroup, event.time_ns, event.root, record::Origin::kAdopted));
    born.push_back({cgroup, id});
  }

  Result<void> drain(milliseconds timeout) {
    return programs.drain(timeout, [this](std::span<const std::byte> bytes) { take(bytes); });
  }

  // What the tasks of DIRECTORY hold goes to TARGET; again, until no new task appears.
  void take_snapshot(const std::string& directory, record::Target& target) {
    std::set<pid_t> known;
    for (int round = 0; round < kSnapshotRounds; ++round) {
      const std::size_t before = known.size();
      for (const pid_t pid : record::processes_in(record::cgroups_below(directory))) {
        if (!known.insert(pid).second) continue;
        record::Held held = record::held_by(pid);
        target.count_unreadable(held.unreadable);
        for (Access& access : held.accesses) target.take(held.root, std::move(access));
      }
      if (known.size() == before) return;
    }
  }

  [[nodiscard]] Losses lost_of(std::uint64_t id) const {
    Losses lost = programs.losses(id);
    lost += programs.losses(0);
    return lost;
  }
};

Recorder::Recorder(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Recorder::Recorder(Recorder&&) noexcept = default;
Recorder& Recorder::operator=(Recorder&&) noexcept = default;
Recorder::~Recorder() = default;

Result<Recorder> Recorder::open(const RecorderOptions& options) {
  auto mount = cgroup2_mount();
  if (!mount) return std::unexpected(mount.error());
  auto home = record::root_of("self");
  if (!home) return std::unexpected(home.error());
  auto programs = record::Programs::load(options);
  if (!programs) return std::unexpected(programs.error().within("starting the recorder"));
  return Recorder(std::make_unique<Impl>(*std::move(programs), *mount, *home));
}

Result<void> Recorder::add(const Cgroup& cgroup) {
  if (auto drained = impl_->drain(milliseconds(0)); !drained) return drained;
  if (impl_->targets.contains(cgroup.id)) return {};  // adopted at its birth, or added before
  const std::string directory = impl_->mount + cgroup.path;
  // From here on calls are recorded: the cgroup before those below it, so that one made meanwhile inherits from its
  // parent.
  const std::uint64_t born = monotonic_ns();
  for (const auto& below : record::cgroups_below(directory)) {
    const auto id = cgroup_at(below);
    if (id && !impl_->programs.watch(id->id, cgroup.id, born)) {
      impl_->programs.forget(cgroup.id);
      return fail("watching cgroup " + printable(cgroup.path) + ": too many cgroups are watched",
                  "record fewer containers at once");
    }
  }
  const auto tasks = record::processes_in(record::cgroups_below(directory));
  const auto origin = tasks.empty() ? record::Origin::kEmpty : record::Origin::kRunning;
  auto& target = impl_->targets.emplace(cgroup.id, record::Target(cgroup, born, impl_->home, origin)).first->second;
  for (const pid_t pid : tasks)
    if (const auto root = record::root_of(std::to_string(pid))) {
      target.settle(*root);
      break;
    }
  impl_->take_snapshot(directory, target);
  impl_->last_new = Clock::now();
  return {};
}

Result<void> Recorder::adopt_new_containers(bool on) {
  impl_->programs.adopt(on);
  return {};
}

std::vector<NewContainer> Recorder::take_new_containers() { return std::exchange(impl_->born, {}); }

void Recorder::release(std::uint64_t cgroup_id) {
  impl_->programs.forget(cgroup_id);
  impl_->targets.erase(cgroup_id);
}

Result<void> Recorder::poll(milliseconds timeout) { return impl_->drain(timeout); }

Progress Recorder::progress() const {
  Progress progress;
  progress.lost = sum(impl_->programs.losses(0));
  for (const auto& [id, target] : impl_->targets) {
    progress.paths += target.paths();
    progress.lost += sum(impl_->programs.losses(id));
  }
  progress.since_new = std::chrono::duration_cast<milliseconds>(Clock::now() - impl_->last_new);
  return progress;
}

std::vector<Cgroup> Recorder::targets() const {
  std::vector<Cgroup> cgroups;
  for (const auto& [id, target] : impl_->targets) cgroups.push_back(target.cgroup());
  return cgroups;
}

bool Recorder::alive(std::uint64_t cgroup_id) const {
  const auto target = impl_->targets.find(cgroup_id);
  if (target == impl_->targets.end()) return false;
  const auto events = read_file(impl_->mount + target->second.cgroup().path + "/cgroup.events");
  return events && (events->contains("populated 1") || !target->second.populated());
}

Result<AccessProfile> Recorder::collect(std::uint64_t cgroup_id) {
  if (auto drained = impl_->drain(milliseconds(0)); !drained) return std::unexpected(drained.error());
  const auto target = impl_->targets.find(cgroup_id);
  if (target == impl_->targets.end()) return fail("collecting a cgroup that is not recorded");
  return target->second.profile(monotonic_ns(), unix_ms(), impl_->lost_of(cgroup_id));
}

}  // namespace winnow
