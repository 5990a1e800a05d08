// SPDX-License-Identifier: Apache-2.0
// Patterns that choose among paths.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace winnow {

// A pattern as shells have it, taken apart once: each component as fnmatch(3) reads it, "**" for any number of them.
class Glob {
 public:
  explicit Glob(std::string pattern);
  // Whether the whole of PATH matches; the pattern's own text does, letter by letter.
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

// The same of a pattern that is matched once.
inline bool glob_matches(const std::string& pattern, std::string_view path) { return Glob(pattern).matches(path); }

// PATH as a glob that matches nothing else.
std::string literal_glob(std::string_view path);

}  // namespace winnow
