// SPDX-License-Identifier: Apache-2.0
// A layer's tar put together again from the directory that it was unpacked into (the tar-split format of
// github.com/vbatts/tar-split, which Docker's and Podman's stores keep for each layer).
#pragma once

#include <memory>

#include "image/store/blobs.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"

namespace winnow {

// SPLIT is the gzip'd list of pieces; the files' content comes from DIRECTORY, out of which no name leads. What comes
// out is the tar as it was, byte for byte, if nobody has changed the directory: its digest tells.
Result<std::unique_ptr<ByteReader>> open_tar_split(const std::string& split, const std::string& directory);
// The same from SPLIT as a reader; for tests.
Result<std::unique_ptr<ByteReader>> open_tar_split(std::unique_ptr<ByteReader> split, Fd directory);

}  // namespace winnow
