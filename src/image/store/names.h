// SPDX-License-Identifier: Apache-2.0
// Names of images as engines read them.
#pragma once

#include <string>
#include <string_view>

namespace winnow {

// The short form and the full one made equal: "app", "library/app" and "docker.io/library/app:latest" are "app:latest"
// (distribution reference normalisation).
std::string full_name(std::string_view name);

}  // namespace winnow
