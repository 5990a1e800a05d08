// SPDX-License-Identifier: Apache-2.0
// Image paths: normal form, parts, globs.
#include "winnow/base/path.h"

#include <fnmatch.h>

#include <algorithm>
#include <ranges>

namespace winnow {
namespace {

using Parts = std::vector<std::string_view>;

bool part_matches(std::string_view pattern, std::string_view part) {
  return ::fnmatch(std::string(pattern).c_str(), std::string(part).c_str(), 0) == 0;
}

// Matches component by component; "**" stands for any number of them. Only the last "**" is ever taken back: what the
// ones before it stand for can always be the least.
bool parts_match(std::span<const std::string_view> pattern, std::span<const std::string_view> path) {
  constexpr auto kNone = static_cast<std::size_t>(-1);
  std::size_t in_pattern = 0;
  std::size_t in_path = 0;
  std::size_t star = kNone;
  std::size_t resume = 0;  // where the path goes on if the last "**" takes one component more
  while (in_path < path.size()) {
    if (in_pattern < pattern.size() && pattern[in_pattern] == "**") {
      star = in_pattern++;
      resume = in_path;
    } else if (in_pattern < pattern.size() && part_matches(pattern[in_pattern], path[in_path])) {
      ++in_pattern;
      ++in_path;
    } else if (star != kNone) {
      in_pattern = star + 1;
      in_path = ++resume;
    } else {
      return false;
    }
  }
  const auto any = [](std::string_view part) { return part == "**"; };
  return std::ranges::all_of(pattern.subspan(in_pattern), any);
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

bool is_below(std::string_view path, std::string_view above) {
  if (above == "/") return true;
  return path.starts_with(above) && (path.size() == above.size() || path[above.size()] == '/');
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
