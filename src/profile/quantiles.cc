// SPDX-License-Identifier: Apache-2.0
// Quantiles by bisection and by summing: exact enough for counts of files, and bounded in time.
#include "profile/quantiles.h"

#include <cmath>
#include <numbers>

namespace winnow {
namespace {

constexpr int kHalvings = 80;
constexpr int kTerms = 100'000;
constexpr double kManyEvents = 400;  // from here on the normal distribution is near enough, and e^-n still is a number
constexpr double kFarthest = 40;     // standard deviations: erfc(3) is 0 in a double beyond

// P(shape, x), the regularised lower incomplete gamma function, by its power series (DLMF 8.7.1 and 8.2.4).
double gamma_below(double shape, double x) {
  if (x <= 0) return 0;
  double term = 1 / shape;
  double sum = term;
  for (int n = 1; n < kTerms && term > sum * 1e-15; ++n) {
    term *= x / (shape + n);
    sum += term;
  }
  return sum * std::exp(shape * std::log(x) - x - std::lgamma(shape));
}

}  // namespace

double normal_quantile(double probability) {
  double low = -kFarthest;
  double high = kFarthest;
  for (int step = 0; step < kHalvings; ++step) {
    const double middle = (low + high) / 2;
    (std::erfc(-middle / std::numbers::sqrt2) / 2 < probability ? low : high) = middle;
  }
  return high;
}

double gamma_quantile(double shape, double probability) {
  double low = 0;
  double high = shape + 10 * std::sqrt(shape) + 20;
  for (int step = 0; step < kHalvings; ++step) {
    const double middle = (low + high) / 2;
    (gamma_below(shape, middle) < probability ? low : high) = middle;
  }
  return high;
}

double predicted_quantile(double shape, double ahead, double seen, double probability) {
  const double mean = shape * ahead / seen;
  if (mean > kManyEvents) {
    const double deviation = std::sqrt(mean * (1 + ahead / seen));
    return std::fmax(0, std::round(mean + normal_quantile(probability) * deviation));
  }
  const double stays = seen / (seen + ahead);
  double share = std::pow(stays, shape);
  double sum = share;
  double events = 0;
  while (sum < probability && events < kTerms) {
    share *= (shape + events) / (events + 1) * (1 - stays);
    sum += share;
    ++events;
  }
  return events;
}

}  // namespace winnow
