// SPDX-License-Identifier: Apache-2.0
// Removes what a bundle leaves on the machine: processes, cgroups, mounts, files.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "winnow/base/error.h"

namespace winnow::container {

// Two files in a bundle's directory.
inline constexpr std::string_view kCgroupFile = "/cgroup";  // holds its cgroup's path; written before that is made
inline constexpr std::string_view kRuntimeState = "/runc";  // the --root of runc, by which its processes are found

// "/winnow-" and 64 hex digits, as a bundle's cgroup is called in every hierarchy.
std::string cgroup_named(std::string_view id);
bool is_bundle_cgroup(std::string_view path);

// The existing directories of the cgroup PATH and of the cgroups below it, in all mounted hierarchies; a cgroup comes
// after those below it.
std::vector<std::string> cgroup_directories(std::string_view path);
// Sends SIGKILL to every process in these cgroups until none is left. Error: some are left after 10 s.
Result<void> kill_cgroup(std::string_view path);
// Sends SIGKILL to every runc whose --root is STATE.
void kill_runtimes(const std::string& state);
// Removes these cgroups, which must have no processes any more. Error: one is still busy after 10 s.
Result<void> remove_cgroup(std::string_view path);
// Unmounts everything that this mount namespace has at DIRECTORY or below it, the deepest first.
Result<void> unmount_below(const std::string& directory);
// Removes DIRECTORY with everything in it, however deep. Error: something is mounted in it; that is not entered.
Result<void> remove_tree(const std::string& directory);

}  // namespace winnow::container
