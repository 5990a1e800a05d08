// SPDX-License-Identifier: Apache-2.0
// From the kernel to accesses: BPF programs watch chosen cgroups, the recorder turns their events into a profile.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "winnow/base/error.h"
#include "winnow/base/path.h"
#include "winnow/profile/profile.h"
#include "winnow/record/cgroup.h"

namespace winnow {

// How the kernel reports system calls. Both see the same, except for io_uring; fentry slows no other calls.
enum class Backend { kAuto, kSyscall, kFentry };
std::string_view to_string(Backend backend);
std::optional<Backend> backend_from_name(std::string_view name);

struct RecorderOptions {
  Backend backend = Backend::kAuto;
  std::size_t ring_bytes = std::size_t{8} << 20;  // of the ring buffer; a power of two and a multiple of the page size
  std::uint32_t overflow = 1u << 18;   // events that found the ring full, in pieces of half a KiB; memory on demand
  std::uint32_t seen_keys = 1u << 18;  // first-sighting keys kept in the kernel; the oldest are forgotten first
  std::size_t max_paths = 1u << 19;    // of each target; further ones are counted as lost
  std::optional<bool> syscalls;        // note all system calls; by default only with the backend kSyscall
  std::optional<Hierarchy> hierarchy;  // of the cgroups to be watched; by default default_hierarchy()
  // Survive the recorder's death by this name: [\w-][\w.-]{0,99}. Empty: everything ends with the recorder.
  std::string session;
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

// What a profile is to say about processes that came into a container from outside.
struct Visitors {
  std::vector<std::string> healthcheck;  // the command of the image's health check; empty: it has none
  bool ignore_exec = false;              // leave out what only others touched
};

// Loaded and attached BPF programs and what they told. Not thread-safe.
class Recorder {
 public:
  // Loads and attaches. The error says what is missing: privilege, BTF, a refused program type.
  static Result<Recorder> open(const RecorderOptions& options = {});
  // Goes on with a session whose recorder died: what its programs have stored since is taken in.
  static Result<Recorder> resume(const RecorderOptions& options);
  // Removes what is left of a session. False: there was none.
  static Result<bool> clean_up(const std::string& session);
  Recorder(Recorder&&) noexcept;
  Recorder& operator=(Recorder&&) noexcept;
  ~Recorder();

  [[nodiscard]] Backend backend() const;
  // How it comes to know of accesses, in words; why not in a better way, if one was tried. Empty after resume().
  [[nodiscard]] const std::string& method() const;
  [[nodiscard]] const Hierarchy& hierarchy() const;

  // Records CGROUP and everything below it, now and later. What its tasks already hold (open files, mappings,
  // executables, working directories) is read from /proc after recording began, so nothing falls in between.
  Result<void> add(const Cgroup& cgroup);
  // Records every process in PID's mount namespace, if no cgroup sets it apart. Returns the target.
  Result<Cgroup> add_mount_namespace(pid_t pid);
  // From now on each cgroup named after a container id is recorded from before its first task is attached.
  Result<void> adopt_new_containers(bool on);
  // Cgroups adopted since the last call.
  std::vector<NewContainer> take_new_containers();
  // Stops recording a target and forgets what it did.
  Result<void> release(std::uint64_t cgroup_id);

  // Waits at most TIMEOUT for events and takes them in.
  Result<void> poll(std::chrono::milliseconds timeout);
  [[nodiscard]] Progress progress() const;
  [[nodiscard]] std::vector<Cgroup> targets() const;
  // False once the cgroup is gone, or had a task and has none left.
  [[nodiscard]] bool alive(std::uint64_t cgroup_id) const;

  // One run with its accesses for a target: drains the ring, then says what was seen and lost. Recording goes on.
  Result<AccessProfile> collect(std::uint64_t cgroup_id, const Visitors& visitors = {});

  // Of a session: a text that is kept with it and found again by resume.
  Result<void> annotate(const std::string& text);
  [[nodiscard]] const std::string& annotation() const;
  // Ends the session: nothing of it is left. Without this it goes on when the recorder is destroyed.
  Result<void> end_session();

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
