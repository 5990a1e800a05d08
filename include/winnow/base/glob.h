// SPDX-License-Identifier: Apache-2.0
// Patterns that choose among paths.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace winnow {

// A pattern for paths, as shells have it. Each component of it matches one component of a path as fnmatch(3) says;
// "**" as a component matches any number of components, none too. The pattern is parsed once, for many paths.
class Glob {
 public:
  explicit Glob(std::string pattern);
  // Whether the whole of PATH matches. A path that equals the text of the pattern always does.
  [[nodiscard]] bool matches(std::string_view path) const;
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  struct Part {
    enum class Kind { kName, kPattern, kAnyNumber } kind;
    std::string text;
    [[nodiscard]] bool matches(std::string_view name) const;
  };
  std::string text_;
  std::vector<Part> parts_;
};

// The same for a pattern that is used only once.
inline bool glob_matches(const std::string& pattern, std::string_view path) { return Glob(pattern).matches(path); }

// Returns a glob that matches only PATH: special characters are escaped.
std::string literal_glob(std::string_view path);

}  // namespace winnow
