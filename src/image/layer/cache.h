// SPDX-License-Identifier: Apache-2.0
// What was read of layers, kept on disk by diff ID: the same layer is read once, whatever images it is part of.
#pragma once

#include <optional>
#include <string>

#include "image/layer/layer.h"
#include "winnow/base/digest.h"

namespace winnow {

// Files appear whole or not at all, so that any number of processes can share the directory. One that is damaged is as
// good as none, and a cache that cannot be written is only slow.
class LayerCache {
 public:
  // DIRECTORY is made when it is needed. Empty: nothing is kept and nothing found.
  explicit LayerCache(std::string directory) : directory_(std::move(directory)) {}
  // What is known of the layer. What it costs is charged to BUDGET only when there is something.
  [[nodiscard]] std::optional<LayerContents> layer(const Digest& diff_id, Budget& budget) const;
  void keep(const LayerContents& contents) const;
  // The config of the image that an engine calls ID: its digest, or that of a manifest or index, of which PLATFORM says
  // which part is wanted.
  struct Name {
    Digest id;
    std::string platform;
  };
  [[nodiscard]] std::optional<std::string> config(const Name& name) const;
  void keep_config(const std::string& config_json, const Name& name) const;

 private:
  // All files together; the least recently used ones make way.
  static constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 30;

  [[nodiscard]] std::optional<std::string> config_of(const Digest& digest) const;
  [[nodiscard]] std::string path_of(const Digest& digest, std::string_view suffix) const;
  void make_room() const;

  std::string directory_;
};

}  // namespace winnow
