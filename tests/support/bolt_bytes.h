// SPDX-License-Identifier: Apache-2.0
// A bbolt database as bytes, written from its layout.
#pragma once

#include <string>

namespace winnow::testing {

inline constexpr std::size_t kBoltPage = 1024;
// Five pages: two meta pages; at 2 a branch that leads to 3; at 3 a leaf with the bucket "bucket" (its leaf is page 4,
// with "digest" = "sha256:00"), the inline bucket "inline" ("k" = "v"), and "key" = "value".
std::string bolt_database();

}  // namespace winnow::testing
