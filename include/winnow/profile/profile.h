// SPDX-License-Identifier: Apache-2.0
// What workloads touched: the access profile, its merge rule and its file format "winnow.profile/1".
#pragma once

#include <compare>
#include <cstdint>
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

// What was not seen, by cause. Each one makes a profile partial.
struct Losses {
  std::uint64_t buffers_full = 0;  // events that found the ring buffer and the overflow map full
  std::uint64_t paths_full = 0;    // sightings of new paths when the recorder had as many as it may hold
  std::uint64_t targets_full = 0;  // cgroups that could not be added to the set of targets
  std::uint64_t truncated = 0;     // paths too deep or too long to be walked in the kernel
  std::uint64_t unreadable = 0;    // names that could not be read from user memory
  std::uint64_t busy = 0;          // calls that interrupted too many others to be looked at
  std::uint64_t io_uring = 0;      // requests of io_uring whose lookup is not known; calls, where no request is seen
  [[nodiscard]] bool any() const;
  [[nodiscard]] std::uint64_t total() const;  // of all causes
  Losses& operator+=(const Losses& other);    // a sum that does not fit stays at the largest number, in total(), too
  auto operator<=>(const Losses&) const = default;
};

// A command that somebody ran inside a running container: `docker exec`, a health check.
struct Visit {
  std::vector<std::string> command;
  bool healthcheck = false;
  std::uint64_t first_ms = 0;  // since the run began; the same command later is the same visit
  auto operator<=>(const Visit&) const = default;
};

// A volume that lay in the container. The engine fills an empty one with what the image has there, so that whoever else
// has the volume reads the image's files.
struct MountedVolume {
  std::string destination;  // where it was
  std::string name;         // as the engine calls it
  bool shared = false;      // somebody gave it its name, or another container had it too
  auto operator<=>(const MountedVolume&) const = default;
};

// One recording of one container or cgroup.
struct Run {
  std::string container;         // id, or the cgroup's path where there is no container
  std::string name;              // the container's name; may be empty
  bool from_start = false;       // recorded from its first instruction; else attached late
  std::uint64_t started_ms = 0;  // Unix time, milliseconds
  std::uint64_t duration_ms = 0;
  std::uint64_t recording_ms = 0;     // Unix time at which the recording began that this run is part of; 0: not known
  std::string backend;                // "syscall" or "fentry"
  std::string kernel;                 // uname -r
  std::vector<std::string> command;   // what was run while recording; may be empty
  std::optional<int> command_status;  // its exit status, 128 + n for signal n
  std::vector<Visit> entered;         // by first_ms
  // The command of the container's health check, with the shell that runs it; empty: it has none, or it is not known.
  std::vector<std::string> healthcheck;
  std::vector<MountedVolume> volumes;  // sorted
  // Names of the system calls that were made, by the architecture's name (libseccomp's); empty when not recorded. Those
  // of a runtime on its way into the container are apart: until the first program in the container's root.
  std::map<std::string, std::set<std::string>> syscalls, runtime_syscalls;
  std::set<std::string> io_uring_untold;  // the operations among lost.io_uring: "openat"; empty: no request was seen
  std::uint64_t recovered = 0;            // events that found the ring buffer full and were read from the overflow map
  Losses lost;
  auto operator<=>(const Run&) const = default;
};

struct ProfileImage {
  std::string reference;  // as the user named it
  Digest id;              // the config digest; not valid when unknown (--cgroup)
  bool operator==(const ProfileImage&) const = default;
};

// The set of accesses keyed by (path, resolved), and where it comes from.
struct AccessProfile {
  ProfileImage image;
  std::vector<Run> runs;
  std::map<std::pair<std::string, std::string>, Access> accesses;

  // Adds one sighting: a union with what is there; the earliest sighting's program and time win.
  void add(Access access);
  // Reasons why this profile may lack something, each a sentence; empty means complete.
  [[nodiscard]] std::vector<std::string> partial_reasons() const;
  // The union of both, the same in whatever order profiles come: runs are sorted by time, a run that both have is one.
  // Refused when the images differ, unless ANY_IMAGE: then the union is of no known image.
  Result<void> merge(AccessProfile other, bool any_image = false);
};

// The text of profile.json; the same profile always gives the same bytes.
std::string to_json(const AccessProfile& profile);
// Reads hostile text: bounds, types and the schema's version are checked; the error names the place.
Result<AccessProfile> profile_from_json(std::string_view text);

}  // namespace winnow
