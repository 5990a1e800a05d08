// SPDX-License-Identifier: Apache-2.0
// What one target did: which of its sightings are the container's and not its runtime's, and the profile they make.
#pragma once

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
  kAdopted,  // at the birth of its cgroup, which is named after a container
  kEmpty,    // added while no task was in it
  kRunning,  // added while it ran
};

// What the recorder knows beside the sightings when a profile is made.
struct Circumstances {
  std::uint64_t now_ns = 0;  // CLOCK_MONOTONIC
  std::uint64_t now_ms = 0;  // the Unix time of the same moment
  Backend backend = Backend::kSyscall;
  Losses lost;
  std::uint64_t recovered = 0;
  std::map<std::string, std::set<std::string>> syscalls, runtime_syscalls;
  std::set<std::string> untold;  // operations of io_uring
  Visitors visitors;
};

// A container runtime works inside the container's cgroup before it enters the container's root: its files are the
// host's. What it touches there is told apart by the root directory that it has at that time, HOME: the root of the
// task that made the cgroup, or the recorder's own. A cgroup without a container has its home for its root.
class Target {
 public:
  Target(Cgroup cgroup, std::uint64_t born_ns, const Root& home, Origin origin, std::size_t max_paths);

  // Takes in one sighting; true when it has a new path.
  bool take(const Event& event, const ReadMounts& read = no_mounts);
  // What a task holds already; VISIT as in an event.
  void take(const Held& held, std::uint64_t visit);
  // A process came in from outside and ran COMMAND.
  void enter(std::uint64_t visit, std::vector<std::string> command, std::uint64_t time_ns);
  // Decides by a task that is in the cgroup already, not by what comes first.
  void settle(const Root& root);
  void end(std::uint64_t time_ns);  // the cgroup is gone

  [[nodiscard]] const Cgroup& cgroup() const { return cgroup_; }
  [[nodiscard]] bool populated() const { return populated_; }  // it has had a task
  [[nodiscard]] bool adopted() const { return origin_ == Origin::kAdopted; }
  // What the recorder itself could not take in.
  [[nodiscard]] Losses lost() const { return {.paths_full = paths_full_, .unreadable = unreadable_}; }
  [[nodiscard]] std::size_t paths() const { return counted().paths; }

  // One run with all accesses so far.
  [[nodiscard]] AccessProfile profile(const Circumstances& circumstances) const;

  // Everything it knows as text, and the target that such a text tells of.
  [[nodiscard]] std::string save() const;
  static Result<Target> restore(std::string_view text, std::size_t max_paths);

 private:
  // What counts if the container's root is this one.
  struct Side {
    View view;
    std::map<std::uint64_t, AccessProfile> by_visit = {};
    // Names of namespaces that nobody has placed so far, with what they would be.
    std::map<std::uint64_t, std::map<std::uint32_t, AccessProfile>> waiting = {};
    std::size_t paths = 0;
  };
  static std::optional<std::vector<Mount>> no_mounts(std::uint32_t, std::uint32_t) { return std::nullopt; }

  [[nodiscard]] bool is_foreign(const Root& root) const;
  [[nodiscard]] std::uint64_t ms_since_birth(std::uint64_t time_ns) const;
  [[nodiscard]] const Side& counted() const { return inside_ ? *inside_ : at_home_; }
  [[nodiscard]] static std::map<std::uint64_t, std::vector<Access>> placed(const Side& side);
  Side* side_of(const Root& root);
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
  std::optional<Side> inside_;             // once a task was seen in the container's root
  std::map<std::uint64_t, Visit> visits_;  // by hash; which are health checks is known only by Circumstances
  std::uint64_t unreadable_ = 0;
  std::uint64_t paths_full_ = 0;
};

}  // namespace winnow::record
