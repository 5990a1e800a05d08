// SPDX-License-Identifier: Apache-2.0
// Reads the profiles of many recordings as one profile, or as one for each image.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/profile/profile.h"

namespace winnow {

// Returns the files that WORDS name; a directory stands for the *.json in it, sorted by name. Errors: there is none in
// a directory; a word is "-".
Result<std::vector<std::string>> profile_files(const std::vector<std::string>& words);
// Returns the union of the profiles in FILES, of which there must be one at least; only one at a time is in memory
// besides the union. Error: they are of different images, unless ANY_IMAGE: then the image of the union is unknown.
Result<AccessProfile> read_union(const std::vector<std::string>& files, bool any_image);
// Returns the union of the profiles of each image, by the image's id.
Result<std::map<Digest, AccessProfile>> read_unions(const std::vector<std::string>& files);

}  // namespace winnow
