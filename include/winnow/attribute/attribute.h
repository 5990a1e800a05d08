// SPDX-License-Identifier: Apache-2.0
// Joins the accesses of a profile with the entries of an image: which entry each touched path is.
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

// What the path of an access is. Every access gets exactly one label.
enum class Label {
  kEntry,       // an entry of the image
  kCreated,     // not in the image: made at run time, below a directory of the image
  kOtherMount,  // on a volume, /proc, a tmpfs or a file that the engine mounts; the mount point may be in the image
  kMiss,        // every lookup of it failed at run time, because it was not there
  kUnplaced,    // unknown: it is a relative name, and the kernel could not report the directory that it starts from
};
std::string_view to_string(Label label);  // "entry", "created", "other-mount", "miss", "unplaced"

struct Attribution {
  const Access* access = nullptr;  // owned by the profile
  Label label = Label::kMiss;
  // What the image has at the path, if anything. For kOtherMount: the mount point, or the entry that the mount hides.
  std::optional<EntryId> entry;
  // The deepest directory of the image on the way to the path; set for kOtherMount, and if ENTRY is empty, except for
  // kUnplaced, which has neither of the two.
  std::optional<EntryId> directory;
  std::vector<EntryId> hops;  // each link that was followed on the way, and each directory that a ".." left again
};

// Returns one attribution for each access of PROFILE, in its order. Pure; PROFILE must outlive the result.
std::vector<Attribution> attribute(const AccessProfile& profile, const Index& index);

// Returns a filter for a coverage estimate: only paths of INDEX that are no directories count. INDEX must outlive the
// filter.
Counts files_of(const Index& index);

// How much of one part of an image is kept and dropped. Bytes are the content of files. A file with several names (hard
// links) counts once: under the first of its names that is kept, or else under its first name.
struct Share {
  std::uint64_t kept_entries = 0, dropped_entries = 0;
  std::uint64_t kept_bytes = 0, dropped_bytes = 0;
};

// All bytes of an image, divided twice: by layer and by package. LAYERS and PACKAGES each add up to Index::bytes();
// HIDDEN adds up to Index::shadowed_bytes().
struct Breakdown {
  std::vector<Share> layers;                            // one for each layer
  std::vector<std::uint64_t> hidden;                    // for each layer: its bytes that were replaced or deleted
  std::vector<std::pair<std::string, Share>> packages;  // by Package::str(), the most bytes first; "": unowned entries
};

// KEPT holds the entries that are kept, each once. Pure.
Breakdown break_down(const Index& index, const Ownership& owners, std::span<const EntryId> kept);

}  // namespace winnow
