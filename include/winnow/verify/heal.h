// SPDX-License-Identifier: Apache-2.0
// What a verification found missing, put back into the profile that the plan is made from, and why it was not there.
// Pure.
#pragma once

#include <string>
#include <vector>

#include "winnow/profile/profile.h"
#include "winnow/verify/verify.h"

namespace winnow {

struct Healed {
  MissingPath missing;
  std::string why;        // the profile had it not, or why it is not put back
  bool added = false;     // false: --drop took it out, the image lacks what its spec keeps, or the plan knew it
  std::string keep = {};  // the glob for --keep that would bring it, if it was not added for that reason
};

// Adds to RECORDED, the profile that the slim image was planned from, what was MISSING on it, as judge found, as
// accesses of kind "wanted". The next plan keeps that, with all that it needs. SOURCE_RUN, of the same test on the
// source image, tells what that test will look for next in the same directory: a locale is read file by file.
std::vector<Healed> heal(AccessProfile& recorded, const std::vector<MissingPath>& missing,
                         const AccessProfile* source_run = nullptr);

// Adds to RECORDED that the directories of SHRUNK were listed, searches for modules only with SEARCHES. The next plan
// keeps their names as far as it keeps those of any directory that was listed. With SOURCE_RUN, of the same test on the
// source image, only what that listed, too: a program that misses a file may look around for it. What it listed below
// them comes with them. Each Healed is a directory.
std::vector<Healed> heal_listings(AccessProfile& recorded, const std::vector<ShrunkListing>& shrunk,
                                  const AccessProfile* source_run = nullptr, bool searches = false);

}  // namespace winnow
