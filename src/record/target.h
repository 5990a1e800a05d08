// SPDX-License-Identifier: Apache-2.0
// What one target did: which of its sightings are the container's and not its runtime's, and the profile they make.
#pragma once

#include <optional>

#include "record/event.h"
#include "winnow/record.h"

namespace winnow::record {

// How a target came to be recorded.
enum class Origin {
  kAdopted,  // at the birth of its cgroup, which is named after a container
  kEmpty,    // added while no task was in it
  kRunning,  // added while it ran
};

// A container runtime works inside the container's cgroup before it enters the container's root: its files are the
// host's. What it touches there is told apart by the root directory that it has at that time, HOME: the root of the
// task that made the cgroup, or the recorder's own. A cgroup without a container has its home for its root.
class Target {
 public:
  Target(Cgroup cgroup, std::uint64_t born_ns, const Root& home, Origin origin);

  // Takes in one sighting; true when its path is a new one.
  bool take(const Event& event);
  // The same for what a task with ROOT holds already.
  bool take(const Root& root, Access access);
  // Decides by a task that is in the cgroup already, not by what comes first.
  void settle(const Root& root);
  void end(std::uint64_t time_ns);  // the cgroup is gone

  [[nodiscard]] const Cgroup& cgroup() const { return cgroup_; }
  [[nodiscard]] bool populated() const { return populated_; }  // it has had a task
  [[nodiscard]] std::size_t paths() const { return seen().accesses.size(); }
  void count_unreadable(std::uint64_t count) { unreadable_ += count; }

  // One run with all accesses so far. NOW_NS is CLOCK_MONOTONIC, NOW_MS the Unix time of the same moment.
  [[nodiscard]] AccessProfile profile(std::uint64_t now_ns, std::uint64_t now_ms, Losses lost) const;

 private:
  [[nodiscard]] bool is_foreign(const Root& root) const;
  [[nodiscard]] const AccessProfile& seen() const { return inside_device_ ? inside_ : at_home_; }
  AccessProfile* set_of(const Root& root);

  Cgroup cgroup_;
  std::uint64_t born_ns_;
  std::optional<std::uint64_t> ended_ns_;
  Root home_;
  Origin origin_;
  bool populated_;
  bool settled_at_home_ = false;
  std::optional<std::uint32_t> inside_device_;  // of the container's root file system, once a task was seen in it
  AccessProfile at_home_, inside_;
  std::uint64_t unreadable_ = 0;
};

}  // namespace winnow::record
