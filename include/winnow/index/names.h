// SPDX-License-Identifier: Apache-2.0
// Brings names of images into one form.
#pragma once

#include <string>
#include <string_view>

namespace winnow {

// Returns the one form of all names for the same image: "app:latest" for "app", "library/app" and
// "docker.io/library/app:latest" (distribution reference normalisation).
std::string full_name(std::string_view name);

}  // namespace winnow
