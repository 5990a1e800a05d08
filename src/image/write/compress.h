// SPDX-License-Identifier: Apache-2.0
// Layers as registries keep them: compressed, the same bytes each time.
#pragma once

#include "image/store/blobs.h"
#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/image/write.h"

namespace winnow {

// Bytes ready to be stored, with what a descriptor says of them.
struct Blob {
  FileRange content;
  Digest digest;
  std::uint64_t size = 0;
};
// LAYER as a blob. Compressed, it goes through a file without a name; gzip has neither name nor time in its header
// (RFC 1952), and both use the library's usual level on one thread.
Result<Blob> compress(const NewLayer& layer, Compression compression);

}  // namespace winnow
