// SPDX-License-Identifier: Apache-2.0
// The recorder: BPF programs watch chosen cgroups, and it turns their events into profiles.
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

// How the kernel reports system calls. Both backends see the same, but kSyscall does not see requests of io_uring
// before Linux 6.0. kFentry does not slow calls that name no file. kAuto takes the better one that the kernel loads.
enum class Backend { kAuto, kSyscall, kFentry };
std::string_view to_string(Backend backend);
std::optional<Backend> backend_from_name(std::string_view name);

struct RecorderOptions {
  Backend backend = Backend::kAuto;
  std::size_t ring_bytes = std::size_t{8} << 20;  // size of the ring buffer; a power of two, a multiple of a page
  std::uint32_t overflow = 1u << 18;   // size of the map for events if the ring is full, in pieces of 512 bytes, which
                                       // take memory only when they are used
  std::uint32_t seen_keys = 1u << 18;  // keys of first sightings kept in the kernel; the oldest are forgotten first
  std::size_t max_paths = 1u << 19;    // of each target; further paths are counted as lost
  std::size_t max_bytes = SIZE_MAX;    // about what the paths of all targets may take, as max_paths
  bool outlasts_disk = false;    // if a session's disk is full, recording goes on in memory, and it is tried again
  std::optional<bool> syscalls;  // note all system calls; not set: only with the backend kSyscall
  std::optional<Hierarchy> hierarchy;  // of the cgroups to be watched; not set: default_hierarchy()
  // A name of [\w-][\w.-]{0,99}: the recording is a session of this name and survives the recorder's death. Empty: it
  // ends with the recorder.
  std::string session;
};

// A new cgroup that the BPF programs made a target when it was made, because it is named after a container id.
struct NewContainer {
  Cgroup cgroup;
  std::string container_id;  // 64 hex digits
};

struct Progress {
  std::uint64_t paths = 0;                 // the sum of the paths of all targets that were not released
  std::uint64_t lost = 0;                  // the sum of all Losses
  std::chrono::milliseconds since_new{0};  // time since the last new path
};

// How a profile treats visits: commands that were run from outside in the running container.
struct Visitors {
  std::vector<std::string> healthcheck;  // the command of the container's health check; empty: there is none
  bool ignore_exec = false;              // leave out what only other visits touched
};

// The loaded BPF programs, and what they have reported. Not thread-safe.
class Recorder {
 public:
  // Loads and attaches the programs. Error: a privilege, BTF or a type of program is missing; the session exists.
  static Result<Recorder> open(const RecorderOptions& options = {});
  // Goes on with a session after its recorder died, with what its programs stored meanwhile. Of OPTIONS only session,
  // max_paths, max_bytes and outlasts_disk count.
  static Result<Recorder> resume(const RecorderOptions& options);
  // Removes what is left of a session. Returns false if there was none.
  static Result<bool> clean_up(const std::string& session);
  Recorder(Recorder&&) noexcept;
  Recorder& operator=(Recorder&&) noexcept;
  ~Recorder();

  [[nodiscard]] Backend backend() const;
  // Describes how the programs learn of accesses and, if better programs were refused, why. "" after resume().
  [[nodiscard]] const std::string& method() const;
  [[nodiscard]] const Hierarchy& hierarchy() const;
  // Says why what was recorded would now not outlive this process (see outlasts_disk); empty: it would.
  [[nodiscard]] const std::string& disk_trouble() const;
  // Whether the recorder before this one held events that its disk did not take. All targets count them as lost.
  [[nodiscard]] bool resumed_with_gap() const;
  // Makes CGROUP a target: it is recorded with all cgroups below it, also later ones. What its tasks hold already (open
  // files, mappings, executables, working directories) is read from /proc after recording has begun, so nothing is
  // missed in between. A cgroup that is a target already is fine.
  Result<void> add(const Cgroup& cgroup);
  // Makes all processes in PID's mount namespace a target, which is returned. Error: it is the recorder's, too.
  Result<Cgroup> add_mount_namespace(pid_t pid);
  // With ON, each new cgroup that is named after a container id becomes a target before its first task enters it.
  Result<void> adopt_new_containers(bool on);
  // Returns the cgroups that became targets in this way since the last call; after resume() also earlier ones.
  std::vector<NewContainer> take_new_containers();
  // Stops recording a target and forgets what it did.
  Result<void> release(std::uint64_t cgroup_id);

  // Waits at most TIMEOUT for events and takes in all that have come.
  Result<void> poll(std::chrono::milliseconds timeout);
  [[nodiscard]] Progress progress() const;
  [[nodiscard]] std::vector<Cgroup> targets() const;
  // Whether the target may still do something: false if its cgroup was removed, or had tasks and has none any more.
  [[nodiscard]] bool alive(std::uint64_t cgroup_id) const;

  // Takes in all events and returns a profile of the target: one run with its accesses and losses. Recording goes on.
  // Losses of no known target are in the profile of the first of targets(). Error: CGROUP_ID is no target.
  Result<AccessProfile> collect(std::uint64_t cgroup_id, const Visitors& visitors = {});

  // Keeps TEXT with the session, also for resume().
  Result<void> annotate(const std::string& text);
  [[nodiscard]] const std::string& annotation() const;
  // Ends and removes the session, which else goes on.
  Result<void> end_session();

 private:
  struct Impl;
  explicit Recorder(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// The result of one check whether this machine can record.
struct Check {
  std::string name;
  bool ok = false;
  std::string detail;  // what was found
  std::string advice;  // what to do about it; empty if OK
  bool needed = true;  // false: recording works without it
};
// Checks kernel, BTF, capabilities, cgroups and each backend by trying them, not by version numbers.
std::vector<Check> check_kernel();

}  // namespace winnow
