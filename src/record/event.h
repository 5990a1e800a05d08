// SPDX-License-Identifier: Apache-2.0
// One event of the kernel programs in our own words.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace winnow::record {

// Where a task's "/" is: the mount namespace, and device and inode of the directory.
// The device is the superblock's in the kernel's encoding (major << 20 | minor), as mountinfo names it; stat(2) may
// differ (btrfs).
struct Root {
  std::uint32_t mount_namespace = 0;
  std::uint32_t device = 0;
  std::uint64_t inode = 0;
  std::string path = "/";  // of the directory in its file system
  [[nodiscard]] bool same_directory(const Root& other) const { return device == other.device && inode == other.inode; }
};

// Where a file lies, in absolute paths: in the mount namespace of the task, and in its file system whatever is mounted
// where.
struct Place {
  std::uint32_t device = 0;
  bool stray = false;  // on a mount of another namespace, or of none: only the place in the file system means something
  std::string path;
  std::string in_filesystem;
  std::string mount_point = "/";  // of its mount, in the namespace, ...
  std::string mounted = "/";      // ... and the directory or file of the file system that is mounted there
};

struct Event {
  std::uint64_t time_ns = 0;  // CLOCK_MONOTONIC
  std::uint64_t target = 0;   // cgroup ids
  std::uint64_t cgroup = 0;
  std::uint64_t visit = 0;    // who: WN_WORKLOAD, WN_ENTERING, or the hash of a command
  std::uint32_t process = 0;  // in the first pid namespace
  std::uint32_t mounts = 0;   // grows when the mounts of the task's namespace change
  std::uint16_t kind = 0;     // enum wn_kind
  Root root;
  std::string name, argv0;
  std::optional<Place> base, file, exe;
};

// Nothing when BYTES are not an event: cut short, or of an unknown kind.
std::optional<Event> decode(std::span<const std::byte> bytes);

}  // namespace winnow::record
