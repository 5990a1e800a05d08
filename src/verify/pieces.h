// SPDX-License-Identifier: Apache-2.0
// Makes a pattern from two versions of a line, which a third version has to fit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace winnow::verify {

// What may stand in a place in which the two versions differ. What they have there decides it.
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

// Versions with equally many words are compared word by word, else field by field between the fields that both have. If
// a number with a fraction differs, it is a measurement: others with as many decimals, and its unit, may differ, too.
class LinePattern {
 public:
  // ONE must outlive the object.
  LinePattern(std::string_view one, std::string_view other);
  [[nodiscard]] bool fits(std::string_view line) const;

 private:
  std::vector<Part> parts_;
};

// Returns a hash that is the same for lines that differ only in numbers, also in hexadecimal ones without a digit, and
// in tokens (length_of_token).
std::size_t loose_shape_of(std::string_view line);

// Returns a hash that is the same for lines that differ only in their words: "CC a.o" and "CC main.o".
std::size_t form_of(std::string_view line);

}  // namespace winnow::verify
