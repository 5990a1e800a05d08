// SPDX-License-Identifier: Apache-2.0
// A bbolt database as bytes, written from its layout.
#pragma once

#include <map>
#include <string>

namespace winnow::test {

inline constexpr std::size_t kBoltPage = 1024;
// Five pages: two meta pages; at 2 a branch that leads to 3; at 3 a leaf with the bucket "bucket" (its leaf is page 4,
// with "digest" = "sha256:00"), the inline bucket "inline" ("k" = "v"), and "key" = "value".
std::string bolt_database();

// A database with these buckets and values, each bucket on a page of its own.
struct BoltTree {
  std::map<std::string, std::string> values;
  std::map<std::string, BoltTree> buckets;
};
std::string bolt_database(const BoltTree& root);

}  // namespace winnow::test
