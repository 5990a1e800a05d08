// SPDX-License-Identifier: Apache-2.0
// The join of accesses and image entries: what each touched path means inside the image.
#pragma once

#include <optional>
#include <vector>

#include "winnow/index.h"
#include "winnow/profile.h"

namespace winnow {

// What an access turned out to be. Every access gets exactly one label.
enum class Label {
  kEntry,       // an entry of the image
  kCreated,     // not in the image: made at run time, below a directory of the image
  kOtherMount,  // on a volume, /proc, a tmpfs or a file that the engine mounts; the mount point may be in the image
  kMiss,        // was not there at run time
  kUnplaced,    // the kernel could not tell the directory that its name starts from
};
std::string_view name_of(Label label);

struct Attribution {
  const Access* access = nullptr;  // owned by the profile
  Label label = Label::kMiss;
  std::optional<EntryId> entry;      // kEntry: it; kOtherMount: what the mount hides or the mount point, if any
  std::optional<EntryId> directory;  // kCreated and kOtherMount: the deepest directory of the image on the way
  std::vector<EntryId> hops;         // links followed, and directories that ".." left again
};

// One attribution for each access of PROFILE, in its order. Pure; PROFILE must outlive the result.
std::vector<Attribution> attribute(const AccessProfile& profile, const Index& index);

}  // namespace winnow
