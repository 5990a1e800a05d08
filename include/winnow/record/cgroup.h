// SPDX-License-Identifier: Apache-2.0
// Cgroups: the hierarchies of this machine, where a process is, and the container ids in paths.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "winnow/base/error.h"

namespace winnow {

// A mounted tree of cgroups (cgroups(7)).
struct Hierarchy {
  std::string mount;       // "/sys/fs/cgroup"
  std::string controller;  // of version 1: one of its controllers, "memory"; empty: version 2
  std::uint32_t id = 0;    // the kernel's number for it, as in /proc/cgroups; 0: version 2
};
// Version 2 where it is mounted (from /proc/self/mountinfo), else the first of version 1 that engines make cgroups in.
Result<Hierarchy> default_hierarchy();
// The version 1 hierarchy of this controller.
Result<Hierarchy> hierarchy_of_controller(std::string_view controller);
// The hierarchy whose mount holds DIRECTORY; the default one for a path inside a hierarchy.
Result<Hierarchy> hierarchy_holding(const std::string& directory);
// The hierarchy that tells the process from others: the default one, but a version 1 hierarchy when the process is in
// the root cgroup of version 2, where some engines leave it on systems that have both.
Result<Hierarchy> hierarchy_of_process(pid_t pid);

// A cgroup. Its id is the inode number of its directory (kernfs), which is what BPF programs see.
struct Cgroup {
  std::string path;  // in its hierarchy: "/docker/<id>"
  std::uint64_t id = 0;
};
// The path that the text of a /proc/PID/cgroup has for HIERARCHY: "0::/docker/<id>", in version 1
// "4:memory:/docker/<id>". Nothing where the hierarchy is not among its lines.
std::optional<std::string> cgroup_path_in(std::string_view text, const Hierarchy& hierarchy);
Result<Cgroup> cgroup_of_process(pid_t pid, const Hierarchy& hierarchy);
// The cgroup at PATH, absolute in the file system or in the hierarchy.
Result<Cgroup> cgroup_at(const std::string& path, const Hierarchy& hierarchy);
// The container id in a cgroup's path, parsed from its tail: "/docker/<64 hex>", "docker-<64 hex>.scope",
// "cri-containerd-<64 hex>.scope", "crio-<64 hex>.scope", "libpod-<64 hex>.scope/container",
// "...:cri-containerd:<64 hex>"; empty when there is none.
std::string container_id_of(std::string_view cgroup_path);

}  // namespace winnow
