// SPDX-License-Identifier: Apache-2.0
// Compares lines that two runs print in different places, as threads do.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "verify/pieces.h"
#include "winnow/verify/output.h"

namespace winnow::verify {

// A line and its number, from 1.
struct NumberedLine {
  std::size_t number = 0;
  std::string_view line;
};

// The lines that both runs on the source image print, but in different places. The slim image has to print them again,
// in any place, and no other lines in the places that lines moved to or from.
class Moved {
 public:
  // MINE and THEIRS are the lines of the two runs that have no counterpart in the same place of the other run.
  Moved(const std::vector<NumberedLine>& mine, std::span<const std::string_view> theirs);

  // Whether LINE is one of the lines or differs from one only in numbers.
  [[nodiscard]] bool has(std::string_view line) const { return wanted_.contains(loose_shape_of(line)); }
  [[nodiscard]] bool empty() const { return wanted_.empty(); }
  struct Answer {
    std::optional<OutputDifference> difference;
    bool given_up = false;  // the answer takes more than MOST_FITS comparisons of a line with a pattern
  };
  // Returns what is wrong with SLIM, the lines of the slim image. FREE are those of them that have no counterpart in
  // the same place.
  [[nodiscard]] Answer difference(std::span<const std::string_view> slim, std::span<const NumberedLine> free,
                                  std::size_t most_fits = 2'000'000) const;

 private:
  struct Wanted {
    NumberedLine mine;
    LinePattern pattern;
  };
  std::map<std::size_t, std::vector<Wanted>> wanted_;  // by shape
  bool alone_ = false;                                 // all lines without a counterpart in place only moved
};

}  // namespace winnow::verify
