// SPDX-License-Identifier: Apache-2.0
// Runs runc as a child process, in a new mount namespace in which the container's root is mounted.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "winnow/base/error.h"
#include "winnow/container/container.h"

namespace winnow::container {

// Returns the path of runc, which is searched in $PATH and then in the directories of kDefaultPath.
Result<std::string> find_runc();

// What the child needs. All of it is made before the fork, since the child may not allocate memory. The child changes
// to DIRECTORY and mounts by relative paths: the options of an overlay give some characters of a path a meaning.
struct Launch {
  std::string directory;
  std::string program;
  std::vector<std::string> command;
  Streams streams;
};
inline constexpr const char* kRootMount = "root";
inline constexpr const char* kTree = "tree";
inline constexpr const char* kOverlayOptions = "lowerdir=tree,upperdir=upper,workdir=work";

// The process of runc. A thread forks it and waits for it. If winnow dies, and the thread with it, the kernel sends
// SIGTERM to runc (PR_SET_PDEATHSIG), which then ends the container.
class Runtime {
 public:
  Runtime() = default;
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;
  ~Runtime();  // waits for the end of the process

  // Starts the process, once; returns when runc was executed. If no overlay could be mounted, returns the reason; the
  // container's root is then the unpacked tree itself. Errors: a namespace, a mount or the program failed.
  Result<std::optional<Error>> start(const Launch& launch);
  [[nodiscard]] bool started() const { return thread_.joinable(); }
  // The status of the process as wait(2) reports it; nullopt: it has not ended.
  [[nodiscard]] std::optional<int> ended() const;
  // Waits for the end at most TIMEOUT; returns what ended() does.
  std::optional<int> wait_for(std::chrono::milliseconds timeout);
  // Sends signal NUMBER to the process; does nothing once it has ended.
  void signal(int number);

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  pid_t pid_ = 0;  // 0: not started, or ended and waited for; guarded by mutex_, as is status_
  std::optional<int> status_;
  std::thread thread_;
};

}  // namespace winnow::container
