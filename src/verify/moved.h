// SPDX-License-Identifier: Apache-2.0
// Lines that two runs print, each in another place, as threads do.
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

// They have to be there again, in any place, and no other lines in the places that lines moved to or from.
class Moved {
 public:
  // Of both runs, the lines without a fellow in the same place of the other one.
  Moved(const std::vector<NumberedLine>& mine, std::span<const std::string_view> theirs);

  // Whether LINE is one of them but for its numbers.
  [[nodiscard]] bool has(std::string_view line) const { return wanted_.contains(loose_shape_of(line)); }
  [[nodiscard]] bool empty() const { return wanted_.empty(); }
  struct Answer {
    std::optional<OutputDifference> difference;
    bool given_up = false;  // it would take more than MOST_FITS comparisons of a line with a pattern to know
  };
  // What is wrong with the lines SLIM, of which those in FREE have no place of their own.
  [[nodiscard]] Answer difference(std::span<const std::string_view> slim, std::span<const NumberedLine> free,
                                  std::size_t most_fits = 2'000'000) const;

 private:
  struct Wanted {
    NumberedLine mine;
    LinePattern pattern;
  };
  std::map<std::size_t, std::vector<Wanted>> wanted_;  // by shape
  bool alone_ = false;                                 // no other lines are without a fellow
};

}  // namespace winnow::verify
