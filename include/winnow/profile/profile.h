// SPDX-License-Identifier: Apache-2.0
// The access profile: what workloads touched, how profiles are merged, and the file format "winnow.profile/1".
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/profile/access.h"

namespace winnow {

// How much was lost, by cause. Any loss makes a profile partial.
struct Losses {
  std::uint64_t buffers_full = 0;  // events that were dropped because the ring buffer and the overflow map were full
  std::uint64_t paths_full = 0;    // sightings of new paths after the target had as many as the recorder may hold
  std::uint64_t targets_full = 0;  // cgroups that could not be added to the set of targets
  std::uint64_t truncated = 0;     // paths that were too deep or too long to be walked in the kernel
  std::uint64_t unreadable = 0;    // names that could not be read from the memory of a process
  std::uint64_t busy = 0;          // calls that were not looked at, because they interrupted too many others
  std::uint64_t io_uring = 0;      // requests of io_uring with an unknown lookup; if requests cannot be seen, calls
  [[nodiscard]] bool any() const;
  [[nodiscard]] std::uint64_t total() const;  // the sum of all causes
  Losses& operator+=(const Losses& other);    // sums, here and in total(), that do not fit are the largest number
  auto operator<=>(const Losses&) const = default;
};

// A visit: a command that was run from outside in a running container, by `docker exec` or as its health check.
struct Visit {
  std::vector<std::string> command;
  bool healthcheck = false;
  std::uint64_t first_ms = 0;  // in ms since the run began; if the command is run again, that is the same visit
  auto operator<=>(const Visit&) const = default;
};

// A volume that was mounted in the container. The engine fills an empty volume with what the image has at that path, so
// others who have the volume read the image's files.
struct MountedVolume {
  std::string destination;  // its path in the container
  std::string name;         // its name in the engine
  bool shared = false;      // somebody gave it this name, or another container had it, too
  auto operator<=>(const MountedVolume&) const = default;
};

// Where in a cluster a container ran; all members are empty if it ran in none.
struct PodContainer {
  std::string node;
  std::string pod_namespace, pod;
  std::string container;                      // its name in the pod
  std::map<std::string, std::string> labels;  // of the pod
  auto operator<=>(const PodContainer&) const = default;
};

// One recording of one container or cgroup; or several that touched the same paths, see AccessProfile::fold().
struct Run {
  std::string container;         // the container's id, or the cgroup's path if there is no container
  std::string name;              // the container's name; may be empty
  bool from_start = false;       // it was recorded from its first instruction; false: it was running already
  std::uint64_t started_ms = 0;  // Unix time, milliseconds
  std::uint64_t duration_ms = 0;
  std::uint64_t recording_ms = 0;     // when the recording that this run is part of began; Unix time, ms; 0: unknown
  std::string backend;                // "syscall" or "fentry"
  std::string kernel;                 // uname -r
  std::vector<std::string> command;   // the command that was run during the recording; may be empty
  std::optional<int> command_status;  // its exit status, 128 + n for signal n
  std::vector<Visit> entered;         // sorted by first_ms
  // The command of the container's health check, with the shell that runs it; empty: there is none, or it is unknown.
  std::vector<std::string> healthcheck;
  std::vector<MountedVolume> volumes;  // sorted
  // Names of the system calls that were made, by architecture (libseccomp's name); empty if not recorded. The calls of
  // a runtime on its way into the container, before the first program in the container's root, are separate.
  std::map<std::string, std::set<std::string>> syscalls, runtime_syscalls;
  std::set<std::string> io_uring_untold;  // the operations among lost.io_uring: "openat"; empty: no request was seen
  std::uint64_t recovered = 0;            // events that were read from the overflow map, because the ring was full
  Losses lost;
  PodContainer workload;
  std::uint64_t times = 1;    // how many recordings this stands for; all but this are of the earliest of them
  std::uint64_t last_ms = 0;  // when the last of these ended; Unix time, milliseconds; 0: when the earliest did
  auto operator<=>(const Run&) const = default;
};

struct ProfileImage {
  std::string reference;  // as the user named it
  Digest id;              // the digest of its config; not valid if unknown (--cgroup)
  bool operator==(const ProfileImage&) const = default;
};

// A set of accesses, by (path, resolved), and the image and runs that they come from.
struct AccessProfile {
  ProfileImage image;
  std::vector<Run> runs;
  std::map<std::pair<std::string, std::string>, Access> accesses;

  // Adds one sighting. If the access is known, they are united; program and time are those of the earlier one.
  void add(Access access);
  // Returns the reasons why accesses may be missing in this profile, as sentences; none: it is complete.
  [[nodiscard]] std::vector<std::string> partial_reasons() const;
  // Makes this the union of both profiles. It does not depend on their order: runs are sorted by time, and a run that
  // both have counts once: of a container that was recorded further meanwhile, the longer one. Errors: the images are
  // different, unless ANY_IMAGE: then the image of the union is unknown; the union has too many runs.
  Result<void> merge(AccessProfile other, bool any_image = false);
  // Makes one run of those that touched the same paths under the same circumstances: node, workload, start, backend,
  // commands. At most MOST runs remain so; all others of one container of a pod become one that counts once, whatever
  // they touched.
  void fold(std::size_t most);
  // Returns about how many bytes the accesses take.
  [[nodiscard]] std::size_t memory() const;
  // Removes the runs that are not WANTED, and the accesses that only they made.
  void select(const std::function<bool(const Run&)>& wanted);
};

// Returns the text of profile.json; equal profiles have equal bytes.
std::string to_json(const AccessProfile& profile);
// Reads hostile text: bounds, types and the schema's version are checked; the error names the line.
Result<AccessProfile> profile_from_json(std::string_view text);

}  // namespace winnow
