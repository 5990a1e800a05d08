// SPDX-License-Identifier: Apache-2.0
// runc as a child process in a mount namespace of its own, in which the container's root was mounted for it.
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

// The path of runc, looked for in $PATH and where root's programs are.
Result<std::string> find_runc();

// What the child does, every word of it made before the fork. Paths are relative to DIRECTORY, so that no character of
// its name means anything to mount(2).
struct Launch {
  std::string directory;
  std::string program;
  std::vector<std::string> command;
  Streams streams;
};
inline constexpr const char* kRootMount = "root";
inline constexpr const char* kTree = "tree";
inline constexpr const char* kOverlayOptions = "lowerdir=tree,upperdir=upper,workdir=work";

// A process that is waited for by a thread of its own, which also is the one that the kernel takes for its parent: when
// this program dies, the runtime is told to end the container.
class Runtime {
 public:
  Runtime() = default;
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;
  ~Runtime();  // waits for its end

  // Returns when the program was executed. Gives why no overlay could be mounted, if that is so: then the container's
  // root is the tree itself.
  Result<std::optional<Error>> start(const Launch& launch);
  [[nodiscard]] bool started() const { return thread_.joinable(); }
  // Of the process, once it has ended: as wait(2) gives it.
  [[nodiscard]] std::optional<int> ended() const;
  std::optional<int> wait_for(std::chrono::milliseconds timeout);
  // Nothing once it has ended.
  void signal(int number);

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  pid_t pid_ = 0;  // guarded by mutex_, as are the next two; 0: not started, or waited for
  std::optional<int> status_;
  std::thread thread_;
};

}  // namespace winnow::container
