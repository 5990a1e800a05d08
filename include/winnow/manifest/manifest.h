// SPDX-License-Identifier: Apache-2.0
// Reads from Kubernetes manifests the commands that an orchestrator runs in the containers of pods.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "winnow/base/error.h"

namespace winnow {

inline constexpr std::size_t kMaxManifest = std::size_t{16} << 20;  // bytes of one manifest file

// A command of one container.
struct PodCommand {
  std::string where;               // for people: "Deployment web, container app: livenessProbe"
  std::string image;               // of the container, as the manifest names it; may be empty
  std::vector<std::string> words;  // as exec takes them
  std::string working_dir;         // of the container; empty: the image's
  bool arguments = false;          // WORDS are arguments of the image's entrypoint; false: they are a whole command
};

// Returns the commands in TEXT: command and args, exec probes and lifecycle hooks of every container, also of init and
// ephemeral containers. TEXT is YAML or JSON; it may hold several documents, and lists. Its objects are pods, or have a
// pod template (Deployment, StatefulSet, DaemonSet, Job, CronJob, ...); other objects are ignored. httpGet, tcpSocket,
// grpc and sleep are ignored, because they run no program of the image. TEXT is hostile: its size, its depth and the
// expansion of aliases are bounded. Errors: TEXT is not YAML (the error names the line); a command is not a list of
// strings; there is no pod. Source of the fields: Kubernetes API, core/v1 PodSpec, Container, Probe, Lifecycle.
Result<std::vector<PodCommand>> pod_commands(std::string_view text);

}  // namespace winnow
