// SPDX-License-Identifier: Apache-2.0
// Reads passwd(5) and group(5) as far as it takes to resolve a user.
#include "container/user.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <ranges>

#include "winnow/base/error.h"
#include "winnow/base/text.h"

namespace winnow::container {
namespace {

using Fields = std::vector<std::string_view>;

Fields fields_of(std::string_view text, char at) {
  Fields parts;
  for (const auto part : std::views::split(text, at)) parts.emplace_back(part.begin(), part.end());
  return parts;
}

bool has(const auto& list, const auto& one) { return std::ranges::find(list, one) != list.end(); }

// user_namespaces(7): ids that fit; -1 stands for none in chown(2).
std::optional<std::uint32_t> number(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || value > 0x7fffffff)
    return std::nullopt;
  return value;
}

// The first line of a database whose name, or number in field 2, is TEXT; a name is looked for first.
std::optional<Fields> line_of(std::string_view database, std::string_view text, std::size_t fields) {
  std::optional<Fields> by_number;
  for (const std::string_view line : lines(database)) {
    Fields parts = fields_of(line, ':');
    if (parts.size() < fields) continue;
    if (parts[0] == text && !text.empty()) return parts;
    if (!by_number && number(text) && number(parts[2]) == number(text)) by_number = std::move(parts);
  }
  return by_number;
}

std::vector<std::uint32_t> groups_listing(std::string_view database, std::string_view name) {
  std::vector<std::uint32_t> found;
  for (const std::string_view line : lines(database)) {
    const Fields parts = fields_of(line, ':');
    if (parts.size() < 4 || !number(parts[2])) continue;
    if (has(fields_of(parts[3], ','), name)) found.push_back(*number(parts[2]));
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
  const auto line = line_of(passwd, who.empty() ? "0" : who, 4);
  if (line) {
    const auto uid = number((*line)[2]);
    const auto gid = number((*line)[3]);
    if (!uid || !gid) return fail("the image's /etc/passwd has no numbers for user " + printable(who));
    user.uid = *uid;
    user.gid = *gid;
  } else if (!who.empty()) {
    const auto uid = number(who);
    if (!uid) return unknown("user", who, "/etc/passwd");
    user.uid = *uid;
  }
  if (!with.empty()) {
    const auto found = line_of(group, with, 3);
    const auto gid = number(found ? (*found)[2] : with);
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
