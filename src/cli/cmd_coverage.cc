// SPDX-License-Identifier: Apache-2.0
// winnow coverage: how much of what the workload can touch is recorded, and whether another run is likely to find more.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "cli/cli.h"
#include "winnow/attribute/attribute.h"
#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/base/text.h"
#include "winnow/profile/coverage.h"
#include "winnow/transfer/profiles.h"

namespace winnow::cli {
namespace {

struct CoverageWords {
  std::vector<std::string> inputs;
  std::string image;
  bool any_image = false;
  std::uint64_t next = 1;
  std::optional<double> at_least;
};

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
  const std::string text = invocation.json ? coverage_json(estimate, words.next) : coverage_text(estimate, words.next);
  TRY_DO(write_output("-", text));
  return words.at_least ? judge(estimate, *words.at_least) : kDone;
}

}  // namespace

void add_coverage(CLI::App& app, Invocation& invocation) {
  auto words = std::make_shared<CoverageWords>();
  auto* command = app.add_subcommand("coverage", "estimate how much of what a workload can touch is recorded");
  command
      ->add_option("profiles", words->inputs,
                   "of several runs, or merged; of a directory its *.json; or kubernetes:IMAGE")
      ->required();
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
