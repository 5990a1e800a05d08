// SPDX-License-Identifier: Apache-2.0
// Describes a layer that is to be written.
#pragma once

#include <span>
#include <vector>

#include "winnow/index/index.h"

namespace winnow {

// What a new layer holds. No path may be there twice. All names of one file have to be in the same layer, because
// engines cannot link across layers.
struct LayerDraft {
  std::vector<EntryId> kept = {};            // entries of the source image, with their metadata
  std::vector<Entry> directories = {};       // more directories, with the metadata given here
  std::span<const Addition> additions = {};  // must outlive the draft
  bool on_top = false;                       // parents that are missing here are in the layers below
};

}  // namespace winnow
