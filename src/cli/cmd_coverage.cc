// SPDX-License-Identifier: Apache-2.0
// winnow coverage: how much of what the workload can touch is recorded, and whether another run is likely to find more.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/cli.h"
#include "cli/profiles.h"
#include "winnow/attribute/attribute.h"
#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/base/text.h"
#include "winnow/profile/coverage.h"
#include "winnow/report/plot.h"

namespace winnow::cli {
namespace {

constexpr std::size_t kColumns = 60, kColumnsAhead = 20;

struct CoverageWords {
  std::vector<std::string> inputs;
  std::string image;
  bool any_image = false;
  std::uint64_t next = 1;
  std::optional<double> at_least;
};

// The value of CURVE at X, between two of its points on the line between them.
double value_at(const std::vector<std::pair<std::uint64_t, double>>& curve, double x) {
  const auto after =
      std::ranges::find_if(curve, [&](const auto& point) { return static_cast<double>(point.first) >= x; });
  if (after == curve.begin()) return after->second;
  if (after == curve.end()) return curve.back().second;
  const auto before = after - 1;
  const auto width = static_cast<double>(after->first - before->first);
  return before->second + (after->second - before->second) * (x - static_cast<double>(before->first)) / width;
}

// Files over runs, and on from there for half as many.
std::string plot_runs(const CoverageEstimate& estimate) {
  const auto runs = static_cast<double>(estimate.seen.runs);
  constexpr std::size_t kKnown = kColumns - kColumnsAhead;
  std::vector<double> known, ahead;
  for (std::size_t column = 0; column < kKnown; ++column)
    known.push_back(value_at(estimate.curve, 1 + (runs - 1) * static_cast<double>(column) / (kKnown - 1)));
  const std::uint64_t more = (estimate.seen.runs + 1) / 2;
  const double most = new_files_in(estimate, more).expected;
  std::vector<std::pair<std::uint64_t, double>> on = {{0, 0.0}};
  for (std::uint64_t step = 1; step <= std::min<std::uint64_t>(more, kColumnsAhead); ++step) {
    const std::uint64_t further = step * more / std::min<std::uint64_t>(more, kColumnsAhead);
    on.emplace_back(further, further == more ? most : new_files_in(estimate, further).expected);
  }
  for (std::size_t column = 1; column <= kColumnsAhead; ++column)
    ahead.push_back(known.back() +
                    value_at(on, static_cast<double>(more) * static_cast<double>(column) / kColumnsAhead));
  return plot(known, ahead) +
         fmt::format("{:>10}files in 1 to {} runs (*), and as expected in {} more (.)\n", "", estimate.seen.runs, more);
}

std::string plot_time(const TimeCurve& time) {
  std::vector<double> files;
  for (std::size_t column = 0; column < kColumns; ++column) {
    const auto until =
        static_cast<std::uint64_t>(static_cast<double>(time.duration_ms) * static_cast<double>(column + 1) / kColumns);
    files.push_back(static_cast<double>(std::ranges::upper_bound(time.first_ms, until) - time.first_ms.begin()));
  }
  return plot(files, {}) +
         fmt::format("{:>10}files in the course of {:.1f} s\n", "", static_cast<double>(time.duration_ms) / 1000);
}

nlohmann::ordered_json interval(double expected, double low, double high) {
  return {{"expected", expected}, {"low", low}, {"high", high}};
}

std::string json_of(const CoverageEstimate& estimate, std::uint64_t next) {
  nlohmann::ordered_json json = {{"runs", estimate.seen.runs},
                                 {"observed", estimate.seen.observed},
                                 {"once", estimate.seen.once},
                                 {"twice", estimate.seen.twice}};
  if (estimate.coverage) {
    json["coverage"] = *estimate.coverage;
    json["coverage_low"] = estimate.coverage_low.value_or(0);
    json["unseen"] = interval(estimate.unseen, estimate.unseen_low, estimate.unseen_high);
    json["next_run"] = interval(estimate.next_run, estimate.next_low, estimate.next_high);
    const Interval more = new_files_in(estimate, next);
    json["next"] = interval(more.expected, more.low, more.high);
    json["next"]["runs"] = next;
    json["together"] = estimate.together;
  }
  json["curve"] = estimate.curve;
  if (estimate.time)
    json["time"] = {{"duration_ms", estimate.time->duration_ms},
                    {"window_ms", estimate.time->window_ms},
                    {"new_files", estimate.time->new_files},
                    {"new_occasions", estimate.time->new_occasions},
                    {"limit", estimate.time->limit},
                    {"first_ms", estimate.time->first_ms}};
  return json.dump() + "\n";
}

std::string text_of(const CoverageEstimate& estimate, std::uint64_t next) {
  std::string text;
  if (estimate.coverage) text += plot_runs(estimate) + "\n";
  if (estimate.time && estimate.time->duration_ms > 0) text += plot_time(*estimate.time) + "\n";
  text += in_words(estimate) + "\n";
  if (next > 1) {
    const Interval more = new_files_in(estimate, next);
    text += fmt::format("{} more runs: about {:.0f} new files ({:.0f} to {:.0f}).\n", next, more.expected, more.low,
                        more.high);
  }
  return text + "This speaks of runs like the recorded ones. What none of them had a chance to do is not in it.\n";
}

int judge(const CoverageEstimate& estimate, double at_least) {
  if (!estimate.coverage_low) {
    say("winnow: less than three runs cannot tell how much of another they cover; record more, and name all their "
        "profiles");
    return kFinding;
  }
  const double low = 100 * *estimate.coverage_low;
  if (low >= at_least) return kDone;
  say(
      fmt::format("winnow: at least {:.1f} % of what another run touches are known (95 %), and {:g} % were asked for; "
                  "record more runs, with what the tests do not do yet, and name their profiles too",
                  low, at_least));
  return kFinding;
}

Result<int> coverage(const CoverageWords& words, const Invocation& invocation) {
  TRY(const auto files, profile_files(words.inputs));
  TRY(const auto profile, read_union(files, words.any_image));
  std::optional<Image> image;
  Counts counts;
  if (!words.image.empty()) {
    TRY(const auto reference, Reference::parse(words.image));
    TRY(auto opened, open_named(reference, invocation.reading));
    const Index& index = opened.index();
    if (const Digest& id = profile.image.id; id.valid() && id != index.id && id != index.manifest)
      return fail(
          fmt::format("the profiles are of image {}, and {} is {}", id.str(), printable(words.image), index.id.str()),
          "name the image that was recorded");
    image = std::move(opened);
    counts = files_of(image->index());
  }
  const CoverageEstimate estimate = estimate_coverage(profile, counts);
  if (words.next > 1 && (!estimate.coverage || words.next > estimate.seen.runs))
    return fail(
        fmt::format("{} cannot tell of {} more",
                    estimate.seen.runs == 1 ? "one run" : fmt::format("{} runs", estimate.seen.runs), words.next),
        "record more; --next takes as many runs as the profiles are of, three at least");
  const std::string text = invocation.json ? json_of(estimate, words.next) : text_of(estimate, words.next);
  TRY_DO(write_output("-", text));
  return words.at_least ? judge(estimate, *words.at_least) : kDone;
}

}  // namespace

void add_coverage(CLI::App& app, Invocation& invocation) {
  auto words = std::make_shared<CoverageWords>();
  auto* command = app.add_subcommand("coverage", "estimate how much of what a workload can touch is recorded");
  command->add_option("profiles", words->inputs, "of several runs, or merged; of a directory its *.json")->required();
  command->add_option("--image", words->image, "count only files of this image, not what the runs made themselves");
  command->add_option("--next", words->next, "say too what this many more runs would find")
      ->check(CLI::Range(1, 1'000'000));
  command->add_option("--at-least", words->at_least, "exit 1 when less than this percentage may be known")
      ->check(CLI::Range(0.0, 100.0));
  command->add_flag("--any-image", words->any_image, "take profiles of different images together");
  command->callback(
      [words, &invocation] { invocation.run = [words, &invocation] { return coverage(*words, invocation); }; });
}

}  // namespace winnow::cli
