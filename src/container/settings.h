// SPDX-License-Identifier: Apache-2.0
// From an image's config and a run's options to the config.json of an OCI bundle (OCI runtime-spec config.md). Pure.
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

// What is to be run and where, after docker's rules.
struct Settings {
  std::vector<std::string> args, env;
  std::string cwd = "/";
  std::string user;                    // not resolved yet
  std::vector<MountPoint> mounts;      // the caller's: of volumes and --tmpfs
  std::vector<std::string> anonymous;  // paths of volumes that begin with the image's own content
  int stop_signal = 0;
  bool read_only = false;
};

// GETENV gives the caller's value of a variable, or null. Errors: nothing to run, an option that says nothing.
using GetEnv = char* (*)(const char*);  // getenv(3)
Result<Settings> settings_of(const RuntimeConfig& image, std::string_view config_json, const ContainerOptions& options,
                             GetEnv getenv);
// "SIGQUIT", "QUIT", "3", "RTMIN+3"; 0 when it is none.
int signal_number(std::string_view text);

// What only this machine knows.
struct Surroundings {
  std::string root;    // of the container: a directory of the host
  std::string cgroup;  // "/winnow-ID"
  std::string hostname;
  std::vector<std::string> capabilities;  // that this process has: "CAP_CHOWN"
  std::vector<MountPoint> mounts;         // of files and volumes that were made for this container
  bool unified_cgroups = false;           // version 2 alone
};
std::string config_json(const Settings& settings, const User& user, const Surroundings& here);
// Those of docker's default capabilities that are in MASK, the hexadecimal of /proc/PID/status.
std::vector<std::string> default_capabilities(std::string_view mask);

}  // namespace winnow::container
