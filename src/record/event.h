// SPDX-License-Identifier: Apache-2.0
// One event of the kernel programs in our own words, and what it says about a path.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "winnow/profile.h"

namespace winnow::record {

// Where a task's "/" is: the mount namespace, and device and inode of the directory.
// The device is the superblock's in the kernel's encoding (major << 20 | minor), as mountinfo names it; stat(2) may
// differ (btrfs).
struct Root {
  std::uint32_t mount_namespace = 0;
  std::uint32_t device = 0;
  std::uint64_t inode = 0;
  [[nodiscard]] bool same_directory(const Root& other) const { return device == other.device && inode == other.inode; }
};

struct Event {
  std::uint64_t time_ns = 0;  // CLOCK_MONOTONIC
  std::uint64_t target = 0;   // cgroup ids
  std::uint64_t cgroup = 0;
  std::uint64_t entry = 0;  // who: WN_WORKLOAD, WN_ENTERING, or the hash of a command
  std::uint16_t kind = 0;   // enum wn_kind
  Root root;
  std::uint32_t file_device = 0;
  std::string name, argv0;
  std::optional<std::string> base, file, exe;  // absolute paths in the mount namespace
};

// Nothing when BYTES are not an event: cut short, or of an unknown kind.
std::optional<Event> decode(std::span<const std::byte> bytes);

// The access that EVENT tells of, without its time; nothing when it names no path.
std::optional<Access> access_of(const Event& event);

}  // namespace winnow::record
