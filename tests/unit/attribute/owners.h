// SPDX-License-Identifier: Apache-2.0
// Which package has a path, in words.
#pragma once

#include <string>
#include <string_view>

#include "winnow/attribute/packages.h"

namespace winnow {

inline std::string owner_of(const Index& index, std::string_view path) {
  const Ownership owners = find_owners(index);
  EXPECT_EQ(owners.owner.size(), index.entries.size());
  const auto entry = index.find(path);
  if (!entry) return "no such path";
  const Package* const owner = owners.of(*entry);
  return owner == nullptr ? "nobody" : owner->str();
}

}  // namespace winnow
