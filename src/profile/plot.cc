// SPDX-License-Identifier: Apache-2.0
// A curve as ten lines of text.
#include "profile/plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace winnow {
namespace {

constexpr std::size_t kRows = 10;

}  // namespace

std::string plot(const std::vector<double>& known, const std::vector<double>& ahead) {
  std::vector<double> all = known;
  all.insert(all.end(), ahead.begin(), ahead.end());
  if (all.empty()) return "";
  const auto [least, most] = std::ranges::minmax(all);
  const double height = std::max(most - least, 1e-9);
  std::vector<std::string> rows(kRows, std::string(all.size(), ' '));
  for (std::size_t column = 0; column < all.size(); ++column) {
    const double share = std::clamp((all[column] - least) / height, 0.0, 1.0);
    const auto up = static_cast<std::size_t>(std::lround(share * (kRows - 1)));
    rows[kRows - 1 - up][column] = column < known.size() ? '*' : '.';
  }
  std::string text;
  for (std::size_t row = 0; row < kRows; ++row) {
    const std::string label = row == 0           ? fmt::format("{:.0f}", most)
                              : row == kRows - 1 ? fmt::format("{:.0f}", least)
                                                 : "";
    while (rows[row].ends_with(' ')) rows[row].pop_back();
    text += fmt::format("{:>8} |{}\n", label, rows[row]);
  }
  return text + fmt::format("{:>8} +{}\n", "", std::string(all.size(), '-'));
}

}  // namespace winnow
