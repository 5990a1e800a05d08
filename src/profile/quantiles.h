// SPDX-License-Identifier: Apache-2.0
// Quantiles of the distributions that the coverage estimate rests on.
#pragma once

namespace winnow {

// Of the normal distribution with mean 0 and standard deviation 1.
double normal_quantile(double probability);
// Of the gamma distribution with this shape and scale 1.
double gamma_quantile(double shape, double probability);
// Of the number of events in AHEAD runs if SHAPE - 1/2 events were seen in SEEN runs, and nothing else is known of
// their rate (Jeffreys prior): a negative binomial distribution.
double predicted_quantile(double shape, double ahead, double seen, double probability);

}  // namespace winnow
