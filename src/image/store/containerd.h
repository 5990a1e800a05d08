// SPDX-License-Identifier: Apache-2.0
// Reads containerd's store on disk: names and snapshots in bbolt databases, blobs by digest. No daemon is asked.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "image/store/bolt.h"
#include "image/store/source.h"
#include "winnow/base/digest.h"
#include "winnow/base/error.h"

namespace winnow {

// Returns the image whose topmost layer is unpacked in the snapshot directory NUMBER of the overlayfs snapshotter.
Result<StoredImage> locate_containerd_snapshot(const std::string& root, std::uint64_t number);

// Returns the path of meta.db, the database of a containerd with this root.
std::string containerd_database(const std::string& root);
Result<Bolt> open_bolt(const std::string& path);
// Returns the bucket that PATH leads to from the root of the database.
Result<std::optional<Bolt::Bucket>> walk_bolt(const Bolt& bolt, std::initializer_list<std::string_view> path);
// Returns the digest of the manifest or index that NAME in the namespace SPACE of containerd stands for.
Result<std::optional<Digest>> target_of(const Bolt& bolt, std::string_view space, std::string_view name);
struct NamedImage {
  std::string space, name;
};
// Returns every image of every namespace.
Result<std::vector<NamedImage>> all_images(const Bolt& bolt);

}  // namespace winnow
