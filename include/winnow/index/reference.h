// SPDX-License-Identifier: Apache-2.0
// Where an image is: a transport and a place, as people write it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "winnow/base/error.h"

namespace winnow {

// Where an image is, in the words of skopeo(1) where it has them: "oci:DIR[:TAG]". A bare name means the running
// engine.
enum class Transport {
  kEngine,
  kDockerArchive,
  kOciDirectory,
  kOciArchive,
  kContainersStorage,  // podman, buildah and CRI-O's store on disk: "containers-storage:[DRIVER@ROOT]NAME"
  kContainerd,         // containerd's content store on disk: "containerd:[ROOT]NAMESPACE/NAME"
  kPid,                // the image below the root file system of process PID, from its engine's store: "pid:PID"
};
// The words before the colon: "docker-daemon", "oci", ...
std::vector<std::string_view> transport_names();
struct Reference {
  Transport transport = Transport::kEngine;
  std::string location;  // the name or id of the image, the path of the archive or directory, or a process id
  std::string tag;       // which image of an archive or layout; may be empty when it holds one
  std::string root;      // where a store is, when it is not at its usual place: "[overlay@ROOT]", "[ROOT]"
  static Result<Reference> parse(std::string_view text);
  [[nodiscard]] std::string str() const;
};

}  // namespace winnow
