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
  std::uint32_t device = 0;  // of the superblock, in the kernel's encoding: major << 20 | minor
  std::string root;          // the directory of the file system that is mounted
  std::string point;         // where, as the process sees it
  std::string type;
  std::string options;  // of the superblock: "rw,memory"; escapes are left in
};

// Takes the octal escapes out of a field of mountinfo.
std::string unescape_mount(std::string_view text);
std::vector<Mount> parse_mountinfo(std::string_view text);
// The mount that PATH, absolute and without links, lies on: the last of those with the longest mount point.
const Mount* mount_of(const std::vector<Mount>& mounts, std::string_view path);

}  // namespace winnow
