// SPDX-License-Identifier: Apache-2.0
// Reads all layers of an image, several at the same time, from the cache or from where they are stored.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "image/layer/cache.h"
#include "image/store/source.h"
#include "winnow/base/digest.h"
#include "winnow/base/error.h"

namespace winnow {

struct ReadOptions {
  const LayerCache& cache;
  Budget& budget;
  unsigned jobs = 0;  // 0: as many as there are processors
};

// "layer 2 of 5 (sha256:...)", for error messages; LAYER is an index from 0.
std::string layer_name(std::size_t layer, std::span<const Digest> diff_ids);

// Returns all layers from the cache; nullopt if one is missing there.
std::optional<std::vector<LayerContents>> known_layers(std::span<const Digest> diff_ids, const ReadOptions& options);
// Returns the layers with DIFF_IDS, in their order, each checked against its digest. STORED must have as many layers.
// Errors name the layer, where it is stored, and the member that was read last.
Result<std::vector<LayerContents>> read_layers(std::span<const Digest> diff_ids, const StoredImage& stored,
                                               const ReadOptions& options);

}  // namespace winnow
