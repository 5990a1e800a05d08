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

// What is different from the image's config in one run. The fields mean what the options of `docker run` mean.
struct ContainerOptions {
  std::vector<std::string> arguments;     // in place of the image's Cmd
  std::optional<std::string> entrypoint;  // in place of the image's Entrypoint, and its Cmd is ignored; "": none
  std::vector<std::string> env;           // "NAME=VALUE"; "NAME": with the value that the caller's environment has
  std::vector<std::string> volumes;       // "HOST:CONTAINER[:ro]"; "CONTAINER": a volume with the image's files there
  std::vector<std::string> tmpfs;         // "CONTAINER[:OPTIONS]": paths at which a tmpfs is mounted
  std::string user;                       // "NAME|UID[:GROUP|GID]"
  std::string working_dir;
  bool read_only = false;  // the container cannot write to its root file system
};

// The descriptors of this process that become the container's standard streams.
struct Streams {
  int in = STDIN_FILENO;
  int out = STDOUT_FILENO;
  int error = STDERR_FILENO;
};

// One container: prepared, started at most once, and removed with its object. It has new namespaces for
// mounts, host name, IPC, processes and (version 2) cgroups; the network and the users are its host's. All its files
// lie below one directory: the unpacked image, what the container writes, runc's state. Mounts are made in a mount
// namespace that ends with the container, so none is left behind, however it ends.
class Bundle {
 public:
  // Unpacks IMAGE and all else that the container needs into DIRECTORY, an absolute path. The directory is made if it
  // is missing, and removed in the end with everything in it. Fails once INTERRUPTED is set. Errors: this process is
  // not root; runc is missing; the image is for another architecture; its /etc/passwd does not have the user; there is
  // nothing to run, or an option is malformed.
  static Result<Bundle> prepare(const Image& image, const std::string& directory, const ContainerOptions& options,
                                const std::atomic<bool>* interrupted = nullptr);
  Bundle(Bundle&&) noexcept;
  Bundle& operator=(Bundle&&) noexcept;
  ~Bundle();  // kills the container if it runs, and removes the directory

  [[nodiscard]] const std::string& id() const;  // 64 hex digits
  // The path of the cgroup that it will run in, the same in every hierarchy: "/winnow-ID". To record the container from
  // its first instruction, make this cgroup and watch it before start().
  [[nodiscard]] const std::string& cgroup() const;
  // What is different from what the image says, one sentence each, complete after start(): what could not be unpacked;
  // that no overlay could be mounted, so that the container writes to the unpacked files themselves.
  [[nodiscard]] const std::vector<std::string>& notes() const;

  // Starts the container, once; returns when its first program runs. Errors quote runc: the image has no such program;
  // a mount is not permitted.
  Result<void> start(const Streams& streams = {});
  // The container's exit status, 128 + n for signal n; nullopt before the start and while it runs.
  [[nodiscard]] std::optional<int> status() const;
  // Sends the image's StopSignal (SIGTERM if it has none) and, if the container still runs after 10 s, SIGKILL to all
  // its processes. Returns the exit status. Errors: it was not started; it does not end.
  Result<int> stop();
  // After start(): waits until the container ends by itself and returns its exit status; after a stop request it does
  // what stop() does.
  Result<int> wait(const std::stop_token& stop);
  // Does what the destructor does, and returns an error if that failed.
  Result<void> remove();

 private:
  struct Impl;
  explicit Bundle(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Removes what is left of the bundle in DIRECTORY after its process was killed: kills the container and runc, unmounts
// what is mounted below DIRECTORY, removes the container's cgroups and then DIRECTORY itself. Never enters anything
// that is still mounted there: that is an error. Does nothing if DIRECTORY does not exist; it may hold a bundle of
// which only a part was made.
Result<void> remove_bundle(const std::string& directory);

}  // namespace winnow
