// SPDX-License-Identifier: Apache-2.0
// Rebuilds a layer's tar from the directory that it was unpacked into, and its tar-split file (format of
// github.com/vbatts/tar-split), which Docker's and Podman's stores keep for each layer.
#pragma once

#include <memory>

#include "image/store/blobs.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"

namespace winnow {

// SPLIT is the path of the gzip-compressed list of pieces. The content of files comes from DIRECTORY; no name leads out
// of it. The result is the original tar, byte for byte, unless somebody changed DIRECTORY: the caller checks the
// digest.
Result<std::unique_ptr<ByteReader>> open_tar_split(const std::string& split, const std::string& directory);
// The same with SPLIT as a reader; for tests.
Result<std::unique_ptr<ByteReader>> open_tar_split(std::unique_ptr<ByteReader> split, Fd directory);

}  // namespace winnow
