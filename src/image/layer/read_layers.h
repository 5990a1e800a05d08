// SPDX-License-Identifier: Apache-2.0
// All layers of an image, from the cache or from where they are stored, several at the same time.
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

// "layer 2 of 5 (sha256:...)"
std::string layer_name(std::size_t layer, std::span<const Digest> diff_ids);

// All of them out of the cache, or nothing.
std::optional<std::vector<LayerContents>> known_layers(std::span<const Digest> diff_ids, const ReadOptions& options);
// One for each of DIFF_IDS, in their order, each checked against it; STORED has as many. Errors name the layer, where
// it is stored, and what was read of it last.
Result<std::vector<LayerContents>> read_layers(std::span<const Digest> diff_ids, const StoredImage& stored,
                                               const ReadOptions& options);

}  // namespace winnow
