// SPDX-License-Identifier: Apache-2.0
// One layer read in a single pass: its members with content digests and facts, and its own digests.
#pragma once

#include <deque>

#include "image/layer/tar_reader.h"
#include "image/limits.h"
#include "image/store/blobs.h"
#include "winnow/base/error.h"

namespace winnow {

struct LayerContents {
  std::deque<TarMember> members;  // in the order of the tar; whiteouts still stand as files
  Layer layer;                    // digests and sizes
};
Result<LayerContents> read_layer(std::unique_ptr<ByteReader> blob, Budget& budget);

// What MEMBER costs of the budget, beside its fixed part.
std::size_t cost_of(const TarMember& member);

}  // namespace winnow
