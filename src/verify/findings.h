// SPDX-License-Identifier: Apache-2.0
// Finds what a run on the slim image missed, compared with the source image.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "winnow/verify/verify.h"

namespace winnow {

// What the slim image has: by its index if that is known, else by the spec.
class Present {
 public:
  Present(const KeepSpec& spec, const Index* slim) : spec_(&spec), slim_(slim) {}
  [[nodiscard]] bool has(const std::string& path) const;
  // Whether the spec says that it is there.
  [[nodiscard]] bool promised(const std::string& path) const;

 private:
  const KeepSpec* spec_;
  const Index* slim_;
};

struct Findings {
  std::vector<MissingPath> missing;  // the earliest first
  std::set<std::string> absent;      // missing directories of the source image in which names were looked up ...
  std::size_t astray = 0;            // ... that are not in the source image either: the number of these lookups
  std::size_t unplaced = 0;          // lookups that failed in a directory that the kernel could not report
  std::size_t excused = 0;           // lookups that failed in SOURCE_RUN, too, though the source image has the path
};
// Returns what RUN, on the slim image, did not find. SOURCE_RUN is the same test on the source image, or null.
Findings look_at(const AccessProfile& run, const KeepSpec& spec, const Index& source, const Present& present,
                 const AccessProfile* source_run);

// Returns the directories that RUN listed and that have fewer names than in the source image.
std::vector<ShrunkListing> shrunk_listings(const AccessProfile& run, const KeepSpec& spec, const Index& source,
                                           const Present& present);

// Returns a sentence for each volume that others may read and that gets fewer files from the slim image than from the
// source image.
std::vector<std::string> emptied_volumes(const AccessProfile& run, const Index& source, const Present& present);

// Whether PATH is below a mount that every container has (/proc, /sys, /dev), which hides what the image has there.
bool is_below_mount(std::string_view path);

}  // namespace winnow
