// SPDX-License-Identifier: Apache-2.0
// Makes the config.json of an OCI bundle (OCI runtime-spec config.md) from an image's config and a run's options. Pure.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "container/user.h"
#include "winnow/base/error.h"
#include "winnow/container/container.h"

namespace winnow::container {

struct MountPoint {
  std::string destination, type, source;
  std::vector<std::string> options;
};
inline bool mounts_at(const std::vector<MountPoint>& mounts, std::string_view destination) {
  return std::ranges::find(mounts, destination, &MountPoint::destination) != mounts.end();
}

// What is to be run and where. An image's config and a run's options are combined as docker does it.
struct Settings {
  std::vector<std::string> args, env;
  std::string cwd = "/";
  std::string user;                    // in words, as resolve_user() takes it
  std::vector<MountPoint> mounts;      // those that the caller asked for: directories of the host, and tmpfs
  std::vector<std::string> anonymous;  // paths of volumes that begin with the image's content
  int stop_signal = 0;
  bool read_only = false;
};

// GETENV returns the caller's value of a variable, or null. CONFIG_JSON is the image's config, for its StopSignal.
// Errors: there is nothing to run; an option is malformed.
using GetEnv = char* (*)(const char*);  // getenv(3)
Result<Settings> settings_of(const RuntimeConfig& image, std::string_view config_json, const ContainerOptions& options,
                             GetEnv getenv);
// The number of a signal that is written as "SIGQUIT", "QUIT", "3" or "RTMIN+3"; 0 if TEXT is no signal.
int signal_number(std::string_view text);

// What a container's config.json takes from this machine.
struct Surroundings {
  std::string root;    // the directory of the host that is the container's root
  std::string cgroup;  // "/winnow-ID"
  std::string hostname;
  std::vector<std::string> capabilities;  // that this process has: "CAP_CHOWN"
  std::vector<MountPoint> mounts;         // the files and volumes that were made for this container
  bool unified_cgroups = false;           // only cgroups of version 2 are mounted
};
std::string config_json(const Settings& settings, const User& user, const Surroundings& here);
// Returns those of docker's default capabilities that are in MASK, a hexadecimal number as in /proc/PID/status.
std::vector<std::string> default_capabilities(std::string_view mask);

}  // namespace winnow::container
