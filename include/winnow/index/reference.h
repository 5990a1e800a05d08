// SPDX-License-Identifier: Apache-2.0
// References to images as people write them: a transport and a place.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "winnow/base/error.h"

namespace winnow {

// The kind of place where an image is. References are written as for skopeo(1), if it has such a transport:
// "oci:DIR[:TAG]". A bare name is an image of the running engine.
enum class Transport {
  kEngine,
  kDockerArchive,
  kOciDirectory,
  kOciArchive,
  kContainersStorage,  // podman, buildah and CRI-O's store on disk: "containers-storage:[DRIVER@ROOT]NAME"
  kContainerd,         // containerd's content store on disk: "containerd:[ROOT]NAMESPACE/NAME"
  kPid,                // the image that the container of process PID runs, from its engine's store: "pid:PID"
};
// The words that stand before the colon: "docker-daemon", "oci", ...
std::vector<std::string_view> transport_names();
struct Reference {
  Transport transport = Transport::kEngine;
  std::string location;  // the name or id of the image, the path of the archive or directory, or a process id
  std::string tag;       // chooses an image of an archive or layout; may be empty if that holds only one
  std::string root;      // the directory of a store, from "[overlay@ROOT]" or "[ROOT]"; empty: the usual one
  static Result<Reference> parse(std::string_view text);  // errors are of usage
  [[nodiscard]] std::string str() const;
};

}  // namespace winnow
