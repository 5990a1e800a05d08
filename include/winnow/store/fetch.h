// SPDX-License-Identifier: Apache-2.0
// Unites what all nodes have of an image.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "winnow/base/error.h"
#include "winnow/profile/profile.h"
#include "winnow/store/profiles.h"

namespace winnow {

// Whether the image of HEAD is called WORD: by one of its names in any form, by a digest of its config, manifest or
// index, or by at least 12 of its hex digits.
bool is_called(const StoredHead& head, std::string_view word);
// Returns those of HEADS that are of the image called WORD. Errors: there is none; several images are called so.
Result<std::vector<StoredHead>> heads_called(const std::vector<StoredHead>& heads, std::string_view word);

// Returns the union of the profiles of HEADS, of one image, with the runs that are WANTED (an empty function: all).
// Errors: one of them cannot be read; there is no such run.
Result<AccessProfile> fetch_union(ProfileStore& store, const std::vector<StoredHead>& heads,
                                  const std::function<bool(const Run&)>& wanted);

// Whether WORD names what a fleet has recorded of an image: "kubernetes:IMAGE" or "dir:PATH//IMAGE".
bool names_fleet(std::string_view word);
// Returns the union of all that is recorded of the image that such a WORD names.
Result<AccessProfile> fetch_named(std::string_view word);

// Returns a table of HEADS for people, and the same as JSON.
std::string heads_table(const std::vector<StoredHead>& heads);
std::string heads_json(const std::vector<StoredHead>& heads);

}  // namespace winnow
