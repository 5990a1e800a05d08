// SPDX-License-Identifier: Apache-2.0
// Reads from /proc what the tasks of a running cgroup hold: executables, directories, open files and mappings.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "record/event.h"
#include "winnow/base/error.h"
#include "winnow/base/mounts.h"

namespace winnow::record {

// Returns the root of the process PID; "self" is this process. Error: the process has ended.
Result<Root> root_of(const std::string& pid);

struct Held {
  Root root;  // of the task that holds it
  std::optional<Place> exe;
  std::vector<Place> places;
  std::vector<Mount> mounts;     // as the task sees them
  std::uint64_t unreadable = 0;  // entries of living tasks that could not be read
};

// Returns the cgroup at DIRECTORY (in the cgroup file system) and those below it, the topmost first.
std::vector<std::string> cgroups_below(const std::string& directory);
// Returns the processes in these cgroups; 0 for each that is in a pid namespace which is not ours or below ours.
std::vector<pid_t> processes_in(const std::vector<std::string>& directories);
// Returns what a process holds; an empty Held, without a root, if it has ended or may not be read.
Held held_by(pid_t pid);
// Returns the mounts of PROCESS if it is in the mount namespace with this inode number; else nullopt.
std::optional<std::vector<Mount>> mounts_of(std::uint32_t process, std::uint32_t mount_namespace);

// A system call that a thread waits in, or was stopped in.
struct Pending {
  unsigned number = 0;
  bool compat = false;  // NUMBER is of the 32-bit table: the process runs a 32-bit program
};
// Returns the calls of those threads of a process that are in a call and do not run (proc_pid_syscall(5)).
std::vector<Pending> pending_calls(pid_t pid);

// A process of a visit: it came into the container from outside, or is a descendant of one that did.
struct Intruder {
  pid_t pid = 0;
  std::vector<std::string> command;  // of the process that came in
};
// Returns those of PROCESSES, all processes of a container, that are no descendants of first_among(PROCESSES).
std::vector<Intruder> intruders_among(const std::vector<pid_t>& processes);
// Returns the topmost ancestor of PID that PARENTS, a map from child to parent, has as a child. If process ids were
// reused while they were read, PARENTS may have a circle: then any process in it.
pid_t topmost(const std::map<pid_t, pid_t>& parents, pid_t pid);
// Returns the first process of a container: process 1 of its pid namespace or, if it has no separate pid namespace, the
// oldest of PROCESSES without a parent among them. 0: all have ended.
pid_t first_among(const std::vector<pid_t>& processes);
// Returns all processes in the mount namespace with this inode number.
std::vector<pid_t> processes_in_mount_namespace(std::uint32_t inode);

}  // namespace winnow::record
