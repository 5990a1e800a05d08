// SPDX-License-Identifier: Apache-2.0
// Who a container's first process is, from the words of a config and the image's own databases.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "winnow/base/error.h"

namespace winnow::container {

struct User {
  std::uint32_t uid = 0, gid = 0;
  std::vector<std::uint32_t> groups;  // supplementary ones; docker lists the primary group too
};

// TEXT is "", "NAME|UID" or "NAME|UID:GROUP|GID"; PASSWD and GROUP are the texts of the image's /etc/passwd and
// /etc/group, empty where it has none. As docker has it: a number that the database does not know is taken as it is,
// with group 0; with a group there are no supplementary ones. Errors: a name that is not known.
Result<User> resolve_user(std::string_view text, std::string_view passwd, std::string_view group);

}  // namespace winnow::container
