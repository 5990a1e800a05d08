// SPDX-License-Identifier: Apache-2.0
// Finds out as which user a container's first process runs, from the image's config and its databases of users.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "winnow/base/error.h"

namespace winnow::container {

struct User {
  std::uint32_t uid = 0, gid = 0;
  std::vector<std::uint32_t> groups;  // the supplementary groups; the primary group is the first, as docker has it
};

// TEXT is "", "NAME|UID" or "NAME|UID:GROUP|GID"; "" means user 0. PASSWD and GROUP are the content of the image's
// /etc/passwd and /etc/group, "" if it has none. As in docker, a number that is not in PASSWD is taken as it is, with
// group 0; if TEXT names a group, there are no supplementary groups besides it. Errors: a name is not in PASSWD or
// GROUP; the line of the user in PASSWD has no valid numbers.
Result<User> resolve_user(std::string_view text, std::string_view passwd, std::string_view group);

}  // namespace winnow::container
