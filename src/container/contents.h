// SPDX-License-Identifier: Apache-2.0
// The files that a container is made of: the unpacked image, its volumes, the few files that come from the host, its
// config.json.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "container/settings.h"
#include "winnow/base/error.h"
#include "winnow/container/container.h"

namespace winnow::container {

struct Contents {
  std::string id;      // 64 random hex digits
  std::string cgroup;  // "/winnow-ID"
  Settings settings;
  std::vector<std::string> notes;

  // Checks IMAGE and OPTIONS before anything is written. Errors: the image is for another architecture, an option is
  // malformed, a directory of the host that is to be mounted does not exist.
  static Result<Contents> begin(const Image& image, const ContainerOptions& options);
  // Writes all the files below DIRECTORY, which is made. Only root may enter it, because it holds setuid programs.
  Result<void> make(const Image& image, const std::string& directory, const std::atomic<bool>* interrupted);

 private:
  const std::atomic<bool>* interrupted_ = nullptr;  // set while make() runs
  Result<void> unpack_to(const Image& image, const std::string& directory, std::string_view from);
  Result<std::vector<MountPoint>> make_volumes(const Image& image, const std::string& directory);
  Result<std::vector<MountPoint>> make_host_files(const std::string& directory, const std::string& hostname) const;
};

}  // namespace winnow::container
