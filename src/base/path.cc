// SPDX-License-Identifier: Apache-2.0
// Image paths: normal form, parts, globs.
#include <fnmatch.h>

#include <ranges>

#include "winnow/base.h"

namespace winnow {
namespace {

using Parts = std::vector<std::string_view>;

// Matches component by component, so that "**" can stand for any number of them.
bool parts_match(std::span<const std::string_view> pattern, std::span<const std::string_view> path) {
  if (pattern.empty()) return path.empty();
  if (pattern.front() == "**") {
    while (pattern.size() > 1 && pattern[1] == "**") pattern = pattern.subspan(1);
    if (pattern.size() == 1) return true;
    for (std::size_t skip = 0; skip < path.size(); ++skip)
      if (parts_match(pattern.subspan(1), path.subspan(skip))) return true;
    return false;
  }
  if (path.empty()) return false;
  const std::string name(path.front());
  return ::fnmatch(std::string(pattern.front()).c_str(), name.c_str(), 0) == 0 &&
         parts_match(pattern.subspan(1), path.subspan(1));
}

}  // namespace

std::vector<std::string_view> components_of(std::string_view path) {
  Parts parts;
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t slash = std::min(path.find('/', at), path.size());
    if (slash > at) parts.push_back(path.substr(at, slash - at));
    at = slash + 1;
  }
  return parts;
}

std::string normal_path(std::string_view path) {
  Parts kept;
  for (const auto part : components_of(path)) {
    if (part == ".") continue;
    if (part != "..")
      kept.push_back(part);
    else if (!kept.empty())
      kept.pop_back();
  }
  std::string normal;
  for (const auto part : kept) normal.append("/").append(part);
  return normal.empty() ? "/" : normal;
}

std::string_view parent_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos || slash == 0 ? "/" : path.substr(0, slash);
}

std::string_view name_of(std::string_view path) { return path.substr(path.rfind('/') + 1); }

bool glob_matches(const std::string& pattern, std::string_view path) {
  return pattern == path || parts_match(components_of(pattern), components_of(path));
}

}  // namespace winnow
