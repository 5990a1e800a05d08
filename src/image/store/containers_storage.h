// SPDX-License-Identifier: Apache-2.0
// The store of podman, buildah and CRI-O on disk (github.com/containers/storage): images.json, layers.json, tar-split.
#pragma once

#include "image/store/source.h"
#include "winnow/base/error.h"

namespace winnow {

// The id of the image that the container has whose own layer (the overlay's upper directory) is LAYER; nothing when the
// store knows no such container.
Result<std::optional<std::string>> image_of_container_layer(const std::string& root, std::string_view layer);

}  // namespace winnow
