// SPDX-License-Identifier: Apache-2.0
// Reads podman's, buildah's and CRI-O's store on disk (github.com/containers/storage): images.json, layers.json.
#pragma once

#include "image/store/source.h"
#include "winnow/base/error.h"

namespace winnow {

// LAYER is the id of a container's own layer, the upper directory of its overlay. Returns the id of that container's
// image; nullopt: the store has no such container.
Result<std::optional<std::string>> image_of_container_layer(const std::string& root, std::string_view layer);

}  // namespace winnow
