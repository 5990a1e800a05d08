// SPDX-License-Identifier: Apache-2.0
// Keeps on disk what was read of layers, by diff ID: a layer that is part of several images is read only once.
#pragma once

#include <optional>
#include <string>

#include "image/layer/layer.h"
#include "winnow/base/digest.h"

namespace winnow {

// Files appear whole or not at all, so any number of processes can share the directory. A damaged file counts as
// missing. A cache that cannot be written is no error: winnow is only slower.
class LayerCache {
 public:
  // DIRECTORY is made when something is kept. Empty: nothing is kept or found.
  explicit LayerCache(std::string directory) : directory_(std::move(directory)) {}
  // Returns what is kept of the layer, and charges it to BUDGET; nullopt: nothing is kept, or it exceeds a limit.
  [[nodiscard]] std::optional<LayerContents> layer(const Digest& diff_id, Budget& budget) const;
  void keep(const LayerContents& contents) const;
  // What an engine calls an image: the digest of its config, or of a manifest or index. PLATFORM chooses one image of
  // an index.
  struct Name {
    Digest id;
    std::string platform;
  };
  [[nodiscard]] std::optional<std::string> config(const Name& name) const;
  void keep_config(const std::string& config_json, const Name& name) const;

 private:
  // Of all files together; if they are larger, the least recently used ones are removed.
  static constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 30;

  [[nodiscard]] std::optional<std::string> config_of(const Digest& digest) const;
  [[nodiscard]] std::string path_of(const Digest& digest, std::string_view suffix) const;
  void make_room() const;

  std::string directory_;
};

}  // namespace winnow
