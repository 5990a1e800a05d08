// SPDX-License-Identifier: Apache-2.0
// /proc/PID/mountinfo (proc_pid_mountinfo(5)): which file system a path of a process lies on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace winnow {

struct Mount {
  std::uint32_t id = 0;      // unique among all mounts of the system
  std::uint32_t device = 0;  // of the superblock, in the kernel's encoding: major << 20 | minor
  std::string root;          // the path inside that file system that is mounted
  std::string point;         // the mount point: where it is mounted, as the process sees it
  std::string type;          // of the file system: "ext4"
  std::string options;       // of the superblock: "rw,memory"; octal escapes are not decoded
};

// Decodes the octal escapes ("\040") in a field of mountinfo.
std::string unescape_mount(std::string_view text);
// The mounts that TEXT, a whole mountinfo, lists, in its order; lines of another form are left out.
std::vector<Mount> parse_mountinfo(std::string_view text);
// The mount that PATH, absolute and without links, lies on: of the mounts at or above it the one with the longest mount
// point; of several at the same point the last. Null if there is none. Points into MOUNTS.
const Mount* mount_of(const std::vector<Mount>& mounts, std::string_view path);

}  // namespace winnow
