// SPDX-License-Identifier: Apache-2.0
// Kubernetes manifests: the commands that an orchestrator runs in the containers of pods.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "winnow/base/error.h"

namespace winnow {

inline constexpr std::size_t kMaxManifest = std::size_t{16} << 20;  // bytes of one file

// A command of one container, word by word as exec takes it.
struct PodCommand {
  std::string where;  // for people: "Deployment web, container app: livenessProbe"
  std::string image;  // of the container, as the manifest names it; may be empty
  std::vector<std::string> words;
  std::string working_dir;  // of the container; empty: the image's
  bool arguments = false;   // they follow the image's entrypoint
};

// The commands that TEXT names: command and args, exec probes and lifecycle hooks of every container, init and
// ephemeral ones too. TEXT is YAML or JSON, of several documents or lists, of pods or of whatever has a pod template
// (Deployment, StatefulSet, DaemonSet, Job, CronJob, ...); other objects are passed over. httpGet, tcpSocket, grpc and
// sleep run no program of the image. TEXT is hostile: size, depth, and what aliases expand to are bounded. Errors: not
// YAML, with the line; a command that is not a list of strings; no pod in it at all. Source of the fields: Kubernetes
// API, core/v1 PodSpec, Container, Probe, Lifecycle.
Result<std::vector<PodCommand>> pod_commands(std::string_view text);

}  // namespace winnow
