// SPDX-License-Identifier: Apache-2.0
// Reads Docker's store on disk (moby layer/filestore.go, image/fs.go), for the driver overlay2.
#pragma once

#include "image/store/source.h"
#include "winnow/base/error.h"

namespace winnow {

// Returns the image of the container with the upper directory ROOT/overlay2/UPPER.
Result<StoredImage> locate_docker_container(const std::string& root, const std::string& upper);

}  // namespace winnow
