// SPDX-License-Identifier: Apache-2.0
// A container without an engine: an image unpacked, mounted and run by runc, with everything of it below one directory.
#pragma once

#include <unistd.h>

#include <atomic>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "winnow/base/error.h"
#include "winnow/image/image.h"

namespace winnow {

// What a run has otherwise than its image says, in the words of `docker run`.
struct ContainerOptions {
  std::vector<std::string> arguments;     // in place of the image's Cmd
  std::optional<std::string> entrypoint;  // in place of Entrypoint and Cmd; "": no entrypoint
  std::vector<std::string> env;           // "NAME=VALUE"; "NAME": the caller's value, if it has one
  std::vector<std::string> volumes;       // "HOST:CONTAINER[:ro]", or "CONTAINER" for one more of the image's kind
  std::vector<std::string> tmpfs;         // "CONTAINER[:OPTIONS]"
  std::string user;                       // "NAME|UID[:GROUP|GID]"
  std::string working_dir;
  bool read_only = false;  // the root file system
};

// The container's standard streams: descriptors of the caller's.
struct Streams {
  int in = STDIN_FILENO;
  int out = STDOUT_FILENO;
  int error = STDERR_FILENO;
};

// One container: prepared, started at most once, gone with its object. It has the network of its host, and namespaces
// of its own for the rest. What it is made of lies below one directory: the unpacked image, what it writes, runc's
// state. Mounts are made in a mount namespace that dies with the container, so that none is left whatever happens.
class Bundle {
 public:
  // DIRECTORY is absolute, and made when it is not there; what else is in it is removed with it. Errors: not root, no
  // runc, an image of another architecture, a user that the image does not know, options that say nothing.
  static Result<Bundle> prepare(const Image& image, const std::string& directory, const ContainerOptions& options,
                                const std::atomic<bool>* interrupted = nullptr);
  Bundle(Bundle&&) noexcept;
  Bundle& operator=(Bundle&&) noexcept;
  ~Bundle();  // ends the container if need be, and removes the directory

  [[nodiscard]] const std::string& id() const;  // 64 hex digits
  // The cgroup that it will run in, in every hierarchy: "/winnow-ID". To record it from its first instruction, make
  // that directory and watch it before the start.
  [[nodiscard]] const std::string& cgroup() const;
  // What is not as the image says, a sentence each: what could not be unpacked; no overlay, so that the container works
  // on the unpacked files themselves.
  [[nodiscard]] const std::vector<std::string>& notes() const;

  // Returns once the container's first program runs. Errors have runc's own words: no such program in the image, no
  // privilege for a mount.
  Result<void> start(const Streams& streams = {});
  // Its exit status, 128 + n for signal n; nothing while it runs.
  [[nodiscard]] std::optional<int> status() const;
  // Sends the image's StopSignal (SIGTERM), ten seconds later SIGKILL. Gives the exit status.
  Result<int> stop();
  // Waits for its own end; a stop request ends it as stop() does.
  Result<int> wait(const std::stop_token& stop);
  // What the destructor does, for those who want to know whether it could be done.
  Result<void> remove();

 private:
  struct Impl;
  explicit Bundle(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Removes what a killed process has left of a bundle: kills the container and its runtime, takes away its mounts and
// cgroups, then DIRECTORY itself, without entering what is still mounted there. A directory that is not there is fine,
// and so is one that became no bundle yet.
Result<void> remove_bundle(const std::string& directory);

}  // namespace winnow
