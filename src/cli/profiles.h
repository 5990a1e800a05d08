// SPDX-License-Identifier: Apache-2.0
// The profiles of many recordings as one: for the commands that take more than one.
#pragma once

#include <string>
#include <vector>

#include "winnow/base/error.h"
#include "winnow/profile/profile.h"

namespace winnow::cli {

// The files that WORDS name; a directory stands for the *.json in it, by name.
Result<std::vector<std::string>> profile_files(const std::vector<std::string>& words);
// The union of FILES, of which one at a time is held. Those of different images are refused, unless ANY_IMAGE.
Result<AccessProfile> read_union(const std::vector<std::string>& files, bool any_image);

}  // namespace winnow::cli
