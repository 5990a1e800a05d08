// SPDX-License-Identifier: Apache-2.0
// Globs: taken apart into components, and matched against those of paths.
#include "winnow/base/glob.h"

#include <fnmatch.h>

#include <algorithm>
#include <span>

#include "winnow/base/path.h"

namespace winnow {
namespace {

constexpr std::string_view kSpecial = "*?[\\";

std::string_view without_slashes(std::string_view path) {
  return path.substr(std::min(path.find_first_not_of('/'), path.size()));
}

std::string_view first_of(std::string_view path) { return path.substr(0, path.find('/')); }

std::string_view behind_first(std::string_view path) { return without_slashes(path.substr(first_of(path).size())); }

}  // namespace

Glob::Glob(std::string pattern) : text_(std::move(pattern)) {
  for (const std::string_view part : components_of(text_)) {
    const bool plain = part.find_first_of(kSpecial) == std::string_view::npos;
    parts_.push_back({plain          ? Part::Kind::kName
                      : part == "**" ? Part::Kind::kAnyNumber
                                     : Part::Kind::kPattern,
                      std::string(part)});
  }
}

bool Glob::Part::matches(std::string_view name) const {
  return kind == Kind::kName ? name == text : ::fnmatch(text.c_str(), std::string(name).c_str(), 0) == 0;
}

// Only the last "**" is ever taken back: what the ones before it stand for can always be the least.
bool Glob::matches(std::string_view path) const {
  if (path == text_) return true;
  const std::span<const Part> parts = parts_;
  std::size_t at = 0;
  std::size_t behind_star = 0;  // of the last "**"; 0: there was none
  std::string_view resume;      // where the path goes on if that takes one component more
  for (std::string_view rest = without_slashes(path); !rest.empty();) {
    if (at < parts.size() && parts[at].kind == Part::Kind::kAnyNumber) {
      behind_star = ++at;
      resume = rest;
    } else if (at < parts.size() && parts[at].matches(first_of(rest))) {
      ++at;
      rest = behind_first(rest);
    } else if (behind_star != 0) {
      at = behind_star;
      rest = resume = behind_first(resume);
    } else {
      return false;
    }
  }
  return std::ranges::all_of(parts.subspan(at), [](const Part& part) { return part.kind == Part::Kind::kAnyNumber; });
}

std::string literal_glob(std::string_view path) {
  std::string glob;
  for (const char c : path) {
    if (kSpecial.find(c) != std::string_view::npos) glob += '\\';
    glob += c;
  }
  return glob;
}

}  // namespace winnow
