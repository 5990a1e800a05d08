// SPDX-License-Identifier: Apache-2.0
// Decodes an event of the BPF programs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace winnow::record {

// The root directory of a task: its mount namespace, and device and inode of the directory.
// The device is that of the superblock, as mountinfo names it, in the kernel's encoding (major << 20 | minor); stat(2)
// may report another one (btrfs).
struct Root {
  std::uint32_t mount_namespace = 0;
  std::uint32_t device = 0;
  std::uint64_t inode = 0;
  std::string path = "/";  // of the directory, inside its file system
  [[nodiscard]] bool same_directory(const Root& other) const { return device == other.device && inode == other.inode; }
};

// Where a file lies, as two absolute paths: in the mount namespace of the task, and inside its file system, which does
// not depend on mounts.
struct Place {
  std::uint32_t device = 0;
  bool stray = false;             // its mount is in another namespace or in none: only IN_FILESYSTEM means something
  std::string path;               // in the mount namespace
  std::string in_filesystem;      // inside the file system
  std::string mount_point = "/";  // the mount point of its mount, in the namespace
  std::string mounted = "/";      // the directory or file of the file system that is mounted there
};

struct Event {
  std::uint64_t time_ns = 0;  // CLOCK_MONOTONIC
  std::uint64_t target = 0;   // id of the target's cgroup
  std::uint64_t cgroup = 0;   // id of the cgroup that the event is about
  std::uint64_t visit = 0;    // WN_WORKLOAD, WN_ENTERING, or the hash of a visit's command
  std::uint32_t process = 0;  // process id in the initial pid namespace
  std::uint32_t mounts = 0;   // a counter that grows when the mounts of the task's namespace change
  std::uint16_t kind = 0;     // enum wn_kind
  Root root;
  std::string name, argv0;
  std::optional<Place> base, file, exe;
};

// Returns nullopt if BYTES are not an event: too short, or of an unknown kind.
std::optional<Event> decode(std::span<const std::byte> bytes);

}  // namespace winnow::record
