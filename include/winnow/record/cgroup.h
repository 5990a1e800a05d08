// SPDX-License-Identifier: Apache-2.0
// Finds cgroups: the hierarchies of this machine, the cgroup of a process, and the container ids in paths.
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
  std::string mount;       // its mount point: "/sys/fs/cgroup"
  std::string controller;  // of version 1: one of its controllers, "memory"; empty: version 2
  std::uint32_t id = 0;    // of version 1: the kernel's number for it, as in /proc/cgroups; 0: version 2
};
// Returns version 2 if it is mounted (in /proc/self/mountinfo), else the first hierarchy of version 1 in which engines
// make cgroups. Error: none is mounted.
Result<Hierarchy> default_hierarchy();
// Returns the version 1 hierarchy that has CONTROLLER.
Result<Hierarchy> hierarchy_of_controller(std::string_view controller);
// Returns the version 1 hierarchy that is mounted at or above DIRECTORY; if there is none, the default hierarchy.
Result<Hierarchy> hierarchy_holding(const std::string& directory);
// Returns the hierarchy that tells the process apart from others: the default one, or, if the process is in the root
// cgroup of version 2, a version 1 hierarchy. Some engines leave processes there on systems that have both versions.
Result<Hierarchy> hierarchy_of_process(pid_t pid);

// A cgroup. Its id is the inode number of its directory (kernfs), which BPF programs see.
struct Cgroup {
  std::string path;  // in its hierarchy: "/docker/<id>"
  std::uint64_t id = 0;
};
// Returns the path for HIERARCHY in TEXT, which is a /proc/PID/cgroup: its line is "0::/docker/<id>", in version 1
// "4:memory:/docker/<id>". nullopt: there is no such line.
std::optional<std::string> cgroup_path_in(std::string_view text, const Hierarchy& hierarchy);
Result<Cgroup> cgroup_of_process(pid_t pid, const Hierarchy& hierarchy);
// Returns the cgroup at PATH, an absolute path in the file system or in the hierarchy. Error: there is none.
Result<Cgroup> cgroup_at(const std::string& path, const Hierarchy& hierarchy);
// Returns the last container id in a cgroup's path: "/docker/<64 hex>", "docker-<64 hex>.scope",
// "cri-containerd-<64 hex>.scope", "crio-<64 hex>.scope", "libpod-<64 hex>.scope/container",
// "...:cri-containerd:<64 hex>"; "" if there is none.
std::string container_id_of(std::string_view cgroup_path);

}  // namespace winnow
