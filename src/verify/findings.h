// SPDX-License-Identifier: Apache-2.0
// What a run on the slim image shows when it is held against the source image.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "winnow/verify/verify.h"

namespace winnow {

// What the slim image has: its own tree where that is known, else what the spec says.
class Present {
 public:
  Present(const KeepSpec& spec, const Index* slim) : spec_(&spec), slim_(slim) {}
  [[nodiscard]] bool has(const std::string& path) const;
  // Whether the spec, at least, says that it is there.
  [[nodiscard]] bool promised(const std::string& path) const;

 private:
  const KeepSpec* spec_;
  const Index* slim_;
};

struct Findings {
  std::vector<MissingPath> missing;  // the earliest first
  std::set<std::string> absent;      // directories of the source image that are not there and were looked into, ...
  std::size_t astray = 0;            // ... for so many names that are not in the source image either
  std::size_t unplaced = 0;          // lookups that failed where nobody can tell what is mounted
  std::size_t excused = 0;           // lookups that SOURCE_RUN shows to fail on the source image as well
};
Findings look_at(const AccessProfile& run, const KeepSpec& spec, const Index& source, const Present& present,
                 const AccessProfile* source_run);

std::vector<ShrunkListing> shrunk_listings(const AccessProfile& run, const KeepSpec& spec, const Index& source,
                                           const Present& present);

// A sentence for each volume that others may read and that this image fills with less than the source image does.
std::vector<std::string> emptied_volumes(const AccessProfile& run, const Index& source, const Present& present);

// What a runtime mounts in every container: nobody sees what an image has below it.
bool is_below_mount(std::string_view path);

}  // namespace winnow
