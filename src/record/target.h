// SPDX-License-Identifier: Apache-2.0
// One target: tells sightings of the container from those of its runtime, and makes the profile.
#pragma once

#include <limits>
#include <map>
#include <optional>
#include <string_view>

#include "record/snapshot.h"
#include "record/view.h"
#include "winnow/base/error.h"
#include "winnow/record/record.h"

namespace winnow::record {

// How a target came to be recorded.
enum class Origin {
  kAdopted,  // when its cgroup was made, because that is named after a container id
  kEmpty,    // it was added while it had no tasks
  kRunning,  // it was added while it had tasks
};

// What the recorder knows besides the sightings when a profile is made.
struct Circumstances {
  std::uint64_t now_ns = 0;  // CLOCK_MONOTONIC
  std::uint64_t now_ms = 0;  // the Unix time of the same moment
  Backend backend = Backend::kSyscall;
  Losses lost;
  std::uint64_t recovered = 0;
  std::map<std::string, std::set<std::string>> syscalls, runtime_syscalls;
  std::set<std::string> untold;  // see Run::io_uring_untold
  Visitors visitors;
};

// A container's runtime works in the container's cgroup, with files of the host, before it enters the container's root.
// These accesses are recognised by the root directory of their task, which is "home": the root of the task that made
// the cgroup, or else of the recorder. If a cgroup has no container, home is its root.
class Target {
 public:
  Target(Cgroup cgroup, std::uint64_t born_ns, const Root& home, Origin origin, std::size_t max_paths);

  // Takes in one sighting; returns true if it has a new path.
  bool take(const Event& event, const ReadMounts& read = no_mounts);
  // Takes in what a task holds already; VISIT as in Event.
  void take(const Held& held, std::uint64_t visit);
  // Notes a visit: a process came in from outside and ran COMMAND.
  void enter(std::uint64_t visit, std::vector<std::string> command, std::uint64_t time_ns);
  // Decides which root is the container's by ROOT, that of a task that is in the cgroup already. Without this call, the
  // first root that is not home is the container's.
  void settle(const Root& root);
  void end(std::uint64_t time_ns);                             // notes that the cgroup was removed
  void lose(std::uint64_t events) { events_lost_ += events; }  // which a recorder took and could not keep
  // Further paths are counted as lost if the target takes more than about so many bytes.
  void limit(std::size_t bytes) { most_bytes_ = bytes; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }  // about what its paths take

  [[nodiscard]] const Cgroup& cgroup() const { return cgroup_; }
  [[nodiscard]] bool populated() const { return populated_; }  // it has had a task
  [[nodiscard]] bool adopted() const { return origin_ == Origin::kAdopted; }
  // Returns the losses of the recorder itself, not of the BPF programs.
  [[nodiscard]] Losses lost() const {
    return {.buffers_full = events_lost_, .paths_full = paths_full_, .unreadable = unreadable_};
  }
  [[nodiscard]] std::size_t paths() const { return counted().paths; }

  // Returns one run with all accesses so far.
  [[nodiscard]] AccessProfile profile(const Circumstances& circumstances) const;

  // Write the whole state as text, and make a target from such a text.
  [[nodiscard]] std::string save() const;
  static Result<Target> restore(std::string_view text, std::size_t max_paths);

 private:
  // The sightings of tasks with one root: home, or the container's.
  struct Side {
    View view;
    std::map<std::uint64_t, AccessProfile> by_visit = {};
    // By visit and mount namespace: sightings whose place in the container is not known yet (Sighting::waits).
    std::map<std::uint64_t, std::map<std::uint32_t, AccessProfile>> waiting = {};
    std::size_t paths = 0;
  };
  static std::optional<std::vector<Mount>> no_mounts(std::uint32_t, std::uint32_t) { return std::nullopt; }

  [[nodiscard]] bool is_foreign(const Root& root) const;
  [[nodiscard]] std::uint64_t ms_since_birth(std::uint64_t time_ns) const;
  [[nodiscard]] const Side& counted() const { return inside_ ? *inside_ : at_home_; }
  [[nodiscard]] static std::map<std::uint64_t, std::vector<Access>> placed(const Side& side);
  Side* side_of(const Root& root);
  [[nodiscard]] std::uint64_t teller(std::uint64_t visit) const;
  bool add(Side& side, Sighting sighting, std::uint32_t mount_namespace, std::uint64_t visit);

  Cgroup cgroup_;
  std::uint64_t born_ns_;
  std::optional<std::uint64_t> ended_ns_;
  Root home_;
  Origin origin_;
  std::size_t max_paths_;
  bool populated_;
  bool settled_at_home_ = false;
  Side at_home_;
  std::optional<Side> inside_;             // set once a task was seen in the container's root; then only this counts
  std::map<std::uint64_t, Visit> visits_;  // by hash; only Circumstances say which of them are health checks
  std::uint64_t unreadable_ = 0;
  std::uint64_t paths_full_ = 0;
  std::uint64_t events_lost_ = 0;
  std::size_t bytes_ = 0, most_bytes_ = std::numeric_limits<std::size_t>::max();
};

}  // namespace winnow::record
