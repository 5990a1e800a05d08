// SPDX-License-Identifier: Apache-2.0
// Compresses layers as registries keep them: the same input gives the same bytes.
#pragma once

#include "image/store/blobs.h"
#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/image/write.h"

namespace winnow {

// Bytes ready to be stored, with the digest and size for their descriptor.
struct Blob {
  FileRange content;
  Digest digest;
  std::uint64_t size = 0;
};
// Returns LAYER as a blob. A compressed one is in a file without a name. gzip's header has neither name nor time (RFC
// 1952); gzip and zstd use the library's default level on one thread.
Result<Blob> compress(const NewLayer& layer, Compression compression);

}  // namespace winnow
