// SPDX-License-Identifier: Apache-2.0
// Reads passwd(5) and group(5) as far as it takes to resolve a user.
#include "container/user.h"

#include <algorithm>

#include "winnow/base/error.h"
#include "winnow/base/passwd.h"
#include "winnow/base/text.h"

namespace winnow::container {
namespace {

bool has(const auto& list, const auto& one) { return std::ranges::find(list, one) != list.end(); }

std::vector<std::uint32_t> groups_listing(std::string_view database, std::string_view name) {
  std::vector<std::uint32_t> found;
  for (const std::string_view line : lines(database)) {
    const auto parts = fields_of(line, ':');
    if (parts.size() < 4 || !id_of(parts[2])) continue;
    if (has(fields_of(parts[3], ','), name)) found.push_back(*id_of(parts[2]));
  }
  return found;
}

std::unexpected<Error> unknown(std::string_view what, std::string_view name, std::string_view file) {
  return fail(std::string(what) + " " + printable(name) + " is not in the image's " + std::string(file),
              "name one that is, or give a number");
}

}  // namespace

Result<User> resolve_user(std::string_view text, std::string_view passwd, std::string_view group) {
  User user;
  const std::size_t colon = text.find(':');
  const std::string_view who = text.substr(0, colon);
  const std::string_view with = colon == std::string_view::npos ? "" : text.substr(colon + 1);
  const auto line = database_line(passwd, who.empty() ? "0" : who, 4);
  if (line) {
    const auto uid = id_of((*line)[2]);
    const auto gid = id_of((*line)[3]);
    if (!uid || !gid) return fail("the image's /etc/passwd has no numbers for user " + printable(who));
    user.uid = *uid;
    user.gid = *gid;
  } else if (!who.empty()) {
    const auto uid = id_of(who);
    if (!uid) return unknown("user", who, "/etc/passwd");
    user.uid = *uid;
  }
  if (!with.empty()) {
    const auto found = database_line(group, with, 3);
    const auto gid = id_of(found ? (*found)[2] : with);
    if (!gid) return unknown("group", with, "/etc/group");
    user.gid = *gid;
  }
  user.groups = {user.gid};
  if (with.empty() && line)
    for (const std::uint32_t other : groups_listing(group, (*line)[0]))
      if (!has(user.groups, other)) user.groups.push_back(other);
  return user;
}

}  // namespace winnow::container
