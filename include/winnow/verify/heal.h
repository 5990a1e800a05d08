// SPDX-License-Identifier: Apache-2.0
// Puts what a verification found missing back into the profile that the plan is made from, and says why it was missing.
// Pure.
#pragma once

#include <string>
#include <vector>

#include "winnow/profile/profile.h"
#include "winnow/verify/verify.h"

namespace winnow {

struct Healed {
  MissingPath missing;
  std::string why;        // why it was not in the profile, or was not put back
  bool added = false;     // false: a --drop took it out, the spec keeps it already, or the plan left it out on purpose
  std::string keep = {};  // the glob for --keep that keeps it, if the plan left it out on purpose
};

// Adds to RECORDED, the profile that the slim image was planned from, what judge() found MISSING, as accesses of kind
// "wanted". The next plan keeps it, with all that it needs. SOURCE_RUN, of the same test on the source image, adds what
// the test will look for next in the same directory: a locale is read file by file. Returns a Healed for each of
// MISSING and for each path that SOURCE_RUN adds; of the latter, only requested, path and by of Healed::missing are
// set.
std::vector<Healed> heal(AccessProfile& recorded, const std::vector<MissingPath>& missing,
                         const AccessProfile* source_run = nullptr);

// Adds to RECORDED that the directories of SHRUNK were listed; those searched for modules only if SEARCHES. The next
// plan keeps their names as it does for any listed directory. SOURCE_RUN, of the same test on the source image,
// leaves out those that it did not list, since a program that misses a file may look around for it, and adds what it
// listed below the others. Returns a Healed for each directory that is not left out, and for each that is added.
std::vector<Healed> heal_listings(AccessProfile& recorded, const std::vector<ShrunkListing>& shrunk,
                                  const AccessProfile* source_run = nullptr, bool searches = false);

}  // namespace winnow
