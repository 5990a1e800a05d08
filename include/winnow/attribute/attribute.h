// SPDX-License-Identifier: Apache-2.0
// The join of accesses and image entries: what each touched path means inside the image.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "winnow/attribute/packages.h"
#include "winnow/index/index.h"
#include "winnow/profile/coverage.h"
#include "winnow/profile/profile.h"

namespace winnow {

// What an access turned out to be. Every access gets exactly one label.
enum class Label {
  kEntry,       // an entry of the image
  kCreated,     // not in the image: made at run time, below a directory of the image
  kOtherMount,  // on a volume, /proc, a tmpfs or a file that the engine mounts; the mount point may be in the image
  kMiss,        // was not there at run time
  kUnplaced,    // the kernel could not tell the directory that its name starts from
};
std::string_view to_string(Label label);  // "entry", "created", "other-mount", "miss", "unplaced"

struct Attribution {
  const Access* access = nullptr;  // owned by the profile
  Label label = Label::kMiss;
  std::optional<EntryId> entry;      // kEntry: it; kOtherMount: what the mount hides or the mount point, if any
  std::optional<EntryId> directory;  // kCreated and kOtherMount: the deepest directory of the image on the way
  std::vector<EntryId> hops;         // links followed, and directories that ".." left again
};

// One attribution for each access of PROFILE, in its order. Pure; PROFILE must outlive the result.
std::vector<Attribution> attribute(const AccessProfile& profile, const Index& index);

// For a coverage estimate: paths of files that INDEX has. INDEX must outlive the result.
Counts files_of(const Index& index);

// A part of an image, divided by what is kept. Bytes are content of files, each hard-link group once: with a name that
// is kept, if one is.
struct Share {
  std::uint64_t kept_entries = 0, dropped_entries = 0;
  std::uint64_t kept_bytes = 0, dropped_bytes = 0;
};

// All bytes that the layers carry, each under one label of either kind: the shares of the layers and those of the
// packages both add up to Index::bytes(), and hidden to Index::shadowed_bytes().
struct Breakdown {
  std::vector<Share> layers;                            // one for each layer
  std::vector<std::uint64_t> hidden;                    // bytes of each layer that later ones replaced or deleted
  std::vector<std::pair<std::string, Share>> packages;  // the most bytes first; "" is what no package owns
};

// KEPT in ascending order. Pure.
Breakdown break_down(const Index& index, const Ownership& owners, std::span<const EntryId> kept);

}  // namespace winnow
