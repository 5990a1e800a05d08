// SPDX-License-Identifier: Apache-2.0
// The coverage estimate in sentences: what was seen, what another run may bring, and what nothing is known of.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "winnow/profile/coverage.h"

namespace winnow {
namespace {

std::string count_of(std::uint64_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::uint64_t rounded(double number) { return static_cast<std::uint64_t>(std::llround(std::max(0.0, number))); }

// Half a minute is told in seconds, half a second in milliseconds.
std::string duration(std::uint64_t ms) {
  if (ms < 1000) return fmt::format("{} ms", ms);
  return fmt::format("{:.{}f} s", static_cast<double>(ms) / 1000, ms < 10'000 ? 1 : 0);
}

std::string of_one_run(const CoverageEstimate& estimate) {
  std::string text = fmt::format("One run touched {}. ", count_of(estimate.seen.observed, "file"));
  if (estimate.time && estimate.time->duration_ms > 0) {
    const TimeCurve& time = *estimate.time;
    text += fmt::format(
        "Its last {} brought {} new ones, on {}; as long again, used in the same way, would have "
        "something new on {:.0f} at most (95 %). ",
        duration(time.window_ms), time.new_files == 0 ? "no" : std::to_string(time.new_files),
        count_of(time.new_occasions, "occasion"), std::ceil(time.limit));
  }
  return text + "One run cannot tell what another would touch: record a few, and give all their profiles.";
}

}  // namespace

std::string in_words(const CoverageEstimate& estimate) {
  if (estimate.seen.runs == 0) return "No run was recorded.";
  if (estimate.seen.runs == 1) return of_one_run(estimate);
  if (!estimate.coverage)
    return fmt::format("{} runs touched {}. To tell what another would touch takes three at least: record more.",
                       estimate.seen.runs, count_of(estimate.seen.observed, "file"));
  std::string text = fmt::format("{} runs touched {}, {} of them in one run only. ", estimate.seen.runs,
                                 count_of(estimate.seen.observed, "file"), estimate.seen.once);
  const std::uint64_t expected = rounded(estimate.next_run);
  text += fmt::format("Another run like these is expected to touch about {} ({} to {}). ",
                      count_of(expected, "new file"), rounded(estimate.next_low), rounded(estimate.next_high));
  text += fmt::format("The profile knows {:.1f} % of what it touches (at least {:.1f} %). ", 100 * *estimate.coverage,
                      100 * estimate.coverage_low.value_or(0));
  text +=
      fmt::format("About {} in all may not have been seen yet ({} to {}).", count_of(rounded(estimate.unseen), "file"),
                  rounded(estimate.unseen_low), rounded(estimate.unseen_high));
  if (estimate.together >= 1.5) text += fmt::format(" Files come in groups of about {:.0f}.", estimate.together);
  return text;
}

std::string settled_in_words(std::uint64_t quiet_ms, std::uint64_t occasions) {
  // The chance that one of N pauses lasts this long is at most N times that of one: N exp(-limit) = 0.05.
  const double limit = std::log(20.0 * static_cast<double>(std::max<std::uint64_t>(1, occasions)));
  return fmt::format(
      "nothing new for {}, after {} with something new: used as it was, as long again would have at most {:.0f} (95 "
      "%); "
      "what was not used in that time is not in this",
      duration(quiet_ms), count_of(occasions, "occasion"), std::ceil(limit));
}

}  // namespace winnow
