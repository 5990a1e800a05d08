// SPDX-License-Identifier: Apache-2.0
// Reads one layer in a single pass: its members, with digests and facts of their content, and its own digests.
#pragma once

#include <deque>

#include "image/layer/tar_reader.h"
#include "image/limits.h"
#include "image/store/blobs.h"
#include "winnow/base/error.h"

namespace winnow {

struct LayerContents {
  std::deque<TarMember> members;  // in the order of the tar; whiteouts are among them, as files
  Layer layer;                    // digests and sizes
};
Result<LayerContents> read_layer(std::unique_ptr<ByteReader> blob, Budget& budget);

// Returns how many bytes MEMBER costs of the budget (Budget::charge).
std::size_t cost_of(const TarMember& member);

}  // namespace winnow
