// SPDX-License-Identifier: Apache-2.0
// What a bundle leaves on the machine, and how it is taken away: processes, cgroups, mounts, files.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "winnow/base/error.h"

namespace winnow::container {

// Below a bundle's directory.
inline constexpr std::string_view kCgroupFile = "/cgroup";  // its cgroup's path; written before the cgroup is made
inline constexpr std::string_view kRuntimeState = "/runc";  // runc's --root, which marks its processes as ours

// "/winnow-" and 64 hex digits, as a bundle's cgroup is called in every hierarchy.
std::string cgroup_named(std::string_view id);
bool is_bundle_cgroup(std::string_view path);

// The directories of the cgroup PATH that are there, in all mounted hierarchies, those below it before it.
std::vector<std::string> cgroup_directories(std::string_view path);
// SIGKILL to every process in them until none is left, for some seconds.
Result<void> kill_cgroup(std::string_view path);
// SIGKILL to every runc that works on the state in STATE.
void kill_runtimes(const std::string& state);
Result<void> remove_cgroup(std::string_view path);
// Takes away, the deepest first, what this mount namespace has at DIRECTORY or below.
Result<void> unmount_below(const std::string& directory);
// Removes DIRECTORY with all it holds, however deep. Errors: something is mounted in it, which is not entered.
Result<void> remove_tree(const std::string& directory);

}  // namespace winnow::container
