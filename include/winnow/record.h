// SPDX-License-Identifier: Apache-2.0
// From the kernel to accesses: BPF programs watch chosen cgroups, the recorder turns their events into a profile.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "winnow/base.h"
#include "winnow/profile.h"

namespace winnow {

// A cgroup v2 directory. Its id is the inode number of the directory (kernfs), which is what BPF programs see.
struct Cgroup {
  std::string path;  // in the cgroup v2 hierarchy: "/docker/<id>"
  std::uint64_t id = 0;
};
// Where cgroup v2 is mounted: /sys/fs/cgroup, or /sys/fs/cgroup/unified on hybrid systems (from /proc/self/mountinfo).
Result<std::string> cgroup2_mount();
// The v2 cgroup of a process, from the "0::" line of /proc/PID/cgroup.
Result<Cgroup> cgroup_of_process(pid_t pid);
// The cgroup at PATH, absolute in the file system or in the hierarchy.
Result<Cgroup> cgroup_at(const std::string& path);
// The container id in a cgroup's path, parsed from its tail ("/docker/<64 hex>", "docker-<64 hex>.scope",
// "cri-containerd-<64 hex>.scope", "...:cri-containerd:<64 hex>"); empty when there is none.
std::string container_id_of(std::string_view cgroup_path);

struct RecorderOptions {
  std::size_t ring_bytes = std::size_t{8} << 20;  // of the ring buffer; a power of two and a multiple of the page size
  std::uint32_t seen_keys = 1u << 18;  // first-sighting keys kept in the kernel; the oldest are forgotten first
};

// A cgroup that the kernel program adopted at its birth because it is named like a container.
struct NewContainer {
  Cgroup cgroup;
  std::string container_id;  // 64 hex digits
};

struct Progress {
  std::uint64_t paths = 0;                 // distinct ones of all targets that were not released
  std::uint64_t lost = 0;                  // sum of Losses
  std::chrono::milliseconds since_new{0};  // since the last new path
};

// Loaded and attached BPF programs and what they told. Not thread-safe.
class Recorder {
 public:
  // Loads and attaches. The error says what is missing: privilege, BTF, a refused program type.
  static Result<Recorder> open(const RecorderOptions& options = {});
  Recorder(Recorder&&) noexcept;
  Recorder& operator=(Recorder&&) noexcept;
  ~Recorder();

  // Records CGROUP and everything below it, now and later. What its tasks already hold (open files, mappings,
  // executables, working directories) is read from /proc after recording began, so nothing falls in between.
  Result<void> add(const Cgroup& cgroup);
  // From now on each cgroup named after a container id is recorded from before its first task is attached.
  Result<void> adopt_new_containers(bool on);
  // Cgroups adopted since the last call.
  std::vector<NewContainer> take_new_containers();
  // Stops recording a target and forgets what it did.
  void release(std::uint64_t cgroup_id);

  // Waits at most TIMEOUT for events and takes them in.
  Result<void> poll(std::chrono::milliseconds timeout);
  [[nodiscard]] Progress progress() const;
  [[nodiscard]] std::vector<Cgroup> targets() const;
  // False once a cgroup that was populated has no task left (cgroup.events) or is gone.
  [[nodiscard]] bool alive(std::uint64_t cgroup_id) const;

  // One run with its accesses for a target: drains the ring, then says what was seen and lost. Recording goes on.
  Result<AccessProfile> collect(std::uint64_t cgroup_id);

 private:
  struct Impl;
  explicit Recorder(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// One thing that recording needs, as found on this machine.
struct Check {
  std::string name;
  bool ok = false;
  std::string detail;  // what was found
  std::string advice;  // what to do about it; empty when ok
  bool needed = true;  // false: recording works without it
};
// Kernel, BTF, capabilities, cgroup layout, and each backend: tried, not guessed from a version.
std::vector<Check> check_kernel();

}  // namespace winnow
