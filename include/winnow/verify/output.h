// SPDX-License-Identifier: Apache-2.0
// Compares what a test printed on the slim image with what it printed on the source image, line by line. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace winnow {

// The first line that is different.
struct OutputDifference {
  std::size_t line = 0;  // its number, from 1, in the source image's output; if it is not there, in the slim image's
  // nullopt: there is no such line. Without the line break at the end, unless only that is different.
  std::optional<std::string> expected, got;
};

struct OutputComparison {
  std::string stream;       // "stdout" or "stderr"
  std::size_t lines = 0;    // of the source's output
  std::size_t varying = 0;  // those of LINES that two runs on the source image print differently: of these, only what
                            // both runs print had to be there again
  bool cut = false;         // the output is longer than kMaxPrinted, and the rest was not compared
  bool given_up = false;    // there are too many ways to match: nothing is known, and no difference is reported
  std::optional<OutputDifference> difference;
};

inline constexpr std::size_t kMaxPrinted = 16U << 20U;  // bytes of a stream that are compared

// Compares what SLIM, a run on the slim image, wrote to STREAM with SOURCE and AGAIN, two runs of the same test on the
// source image. If these two differ, the slim image may differ in the same place: between the same words of a line,
// or, if they have other numbers of lines there, between the same lines. A line that both have, each in another place,
// has to be there in any place.
OutputComparison compare_output(std::string_view stream, std::string_view source, std::string_view again,
                                std::string_view slim);

}  // namespace winnow
