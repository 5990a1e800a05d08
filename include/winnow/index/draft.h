// SPDX-License-Identifier: Apache-2.0
// A layer that is to be written, as a value.
#pragma once

#include <span>
#include <vector>

#include "winnow/index/index.h"

namespace winnow {

// What one new layer is to hold. No path may be there twice; the names of one file belong in one layer.
struct LayerDraft {
  std::vector<EntryId> kept = {};            // of the source, with the metadata of its merged tree
  std::vector<Entry> directories = {};       // with the metadata given here
  std::span<const Addition> additions = {};  // must outlive the draft
  bool on_top = false;                       // parents that are not here are in the layers below
};

}  // namespace winnow
