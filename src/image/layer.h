// SPDX-License-Identifier: Apache-2.0
// One layer read in a single pass: its members with content digests and facts, and its own digests.
#pragma once

#include <vector>

#include "image/blobs.h"
#include "image/limits.h"
#include "image/tar_reader.h"

namespace winnow {

struct LayerContents {
  std::vector<TarMember> members;  // in the order of the tar; whiteouts still stand as files
  Layer layer;                     // digests and sizes
};
Result<LayerContents> read_layer(const FileRange& blob, Budget& budget);

}  // namespace winnow
