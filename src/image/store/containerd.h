// SPDX-License-Identifier: Apache-2.0
// Reads containerd's store on disk: names and snapshots in bbolt databases, blobs by digest. No daemon is asked.
#pragma once

#include "image/store/source.h"
#include "winnow/base/error.h"

namespace winnow {

// Returns the image whose topmost layer is unpacked in the snapshot directory NUMBER of the overlayfs snapshotter.
Result<StoredImage> locate_containerd_snapshot(const std::string& root, std::uint64_t number);

}  // namespace winnow
