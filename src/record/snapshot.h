// SPDX-License-Identifier: Apache-2.0
// What the tasks of a running cgroup hold already: executables, directories, open files and mappings, read from /proc.
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

// The root of process PID, "self" for our own. An error when it is gone.
Result<Root> root_of(const std::string& pid);

struct Held {
  Root root;  // of the task that holds it
  std::optional<Place> exe;
  std::vector<Place> places;
  std::vector<Mount> mounts;     // as the task sees them
  std::uint64_t unreadable = 0;  // entries of living tasks that could not be read
};

// The cgroups at and below DIRECTORY (in the cgroup file system), the topmost first.
std::vector<std::string> cgroups_below(const std::string& directory);
// The processes in these cgroups.
std::vector<pid_t> processes_in(const std::vector<std::string>& directories);
// What a process holds; nothing when it has ended.
Held held_by(pid_t pid);
// The mounts of PROCESS, if that is in the mount namespace of this inode number.
std::optional<std::vector<Mount>> mounts_of(std::uint32_t process, std::uint32_t mount_namespace);

// The system call that a thread waits in, or was stopped in.
struct Pending {
  unsigned number = 0;
  bool compat = false;  // of the 32-bit table: the process runs a 32-bit program
};
// Of the threads of a process that are in one and not running; proc_pid_syscall(5).
std::vector<Pending> pending_calls(pid_t pid);

// A process that came into a container from outside after it was started, or the child of one.
struct Intruder {
  pid_t pid = 0;
  std::vector<std::string> command;  // of the one that came in
};
// Those among all the PROCESSES of a container: not descended from its first, which is the process 1 of its pid
// namespace, or the oldest where it has none of its own.
std::vector<Intruder> intruders_among(const std::vector<pid_t>& processes);
// The topmost forebear of PID that PARENTS has, each by its child. Numbers that were given anew while they were read
// can make a circle: then any in it.
pid_t topmost(const std::map<pid_t, pid_t>& parents, pid_t pid);
// The first of them all, which the others are descended from or came in after. 0: all have ended.
pid_t first_among(const std::vector<pid_t>& processes);
// Every process in the mount namespace of this inode number.
std::vector<pid_t> processes_in_mount_namespace(std::uint32_t inode);

}  // namespace winnow::record
