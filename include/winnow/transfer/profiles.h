// SPDX-License-Identifier: Apache-2.0
// The profiles of many recordings as one, or as one for each image.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/profile/profile.h"

namespace winnow {

// The files that WORDS name; a directory stands for the *.json in it, by name.
Result<std::vector<std::string>> profile_files(const std::vector<std::string>& words);
// The union of FILES, of which one at a time is held. Those of different images are refused, unless ANY_IMAGE: the
// union is then of no image.
Result<AccessProfile> read_union(const std::vector<std::string>& files, bool any_image);
// A union for each image that FILES are of.
Result<std::map<Digest, AccessProfile>> read_unions(const std::vector<std::string>& files);

}  // namespace winnow
