// SPDX-License-Identifier: Apache-2.0
// What the tasks of a running cgroup hold already: executables, directories, open files and mappings, read from /proc.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "record/event.h"
#include "winnow/base.h"

namespace winnow::record {

// The root of process PID, "self" for our own. An error when it is gone.
Result<Root> root_of(const std::string& pid);

struct Held {
  Root root;  // of the task that holds it
  std::vector<Access> accesses;
  std::uint64_t unreadable = 0;  // entries of living tasks that could not be read
};

// The cgroups at and below DIRECTORY (in the cgroup file system), the topmost first.
std::vector<std::string> cgroups_below(const std::string& directory);
// The processes in these cgroups.
std::vector<pid_t> processes_in(const std::vector<std::string>& directories);
// What a process holds; nothing when it has ended.
Held held_by(pid_t pid);

}  // namespace winnow::record
