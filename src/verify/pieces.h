// SPDX-License-Identifier: Apache-2.0
// What two versions of one line have in common, as a pattern for a third one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace winnow::verify {

// What may stand in a place in which the two versions differ. It is told by what they have there.
enum class Freedom : std::uint8_t {
  kNone,    // exactly what is there
  kBlanks,  // spaces and tabs
  kMoment,  // a date with a time, or a time of day with seconds
  kNumber,  // digits, decimal or hexadecimal, and what stands between them
  kUnit,    // of time or of bytes
  kWord,    // no blanks
  kAnything,
};

// A part of a line.
struct Part {
  std::string_view text;
  Freedom freedom = Freedom::kNone;
  bool optional = false;  // it may be missing: one of the versions has nothing there
};

// Word by word if both versions have as many words, else field by field between the fields that are the same in both.
// If one number with a fraction differs, it is measured: others with as many decimals, and its unit, may differ too.
class LinePattern {
 public:
  // ONE has to outlive it.
  LinePattern(std::string_view one, std::string_view other);
  [[nodiscard]] bool fits(std::string_view line) const;

 private:
  std::vector<Part> parts_;
};

// Returns the same for lines that differ only in numbers, hexadecimal ones without a digit too, and tokens.
std::size_t loose_shape_of(std::string_view line);

// Returns the same for lines that differ only in their words: "CC a.o" and "CC main.o".
std::size_t form_of(std::string_view line);

}  // namespace winnow::verify
