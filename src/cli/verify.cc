// SPDX-License-Identifier: Apache-2.0
// winnow verify: run the tests on the slim image under the recorder and name every file it missed.
#include "winnow/verify.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/cli.h"
#include "cli/verdict.h"

namespace winnow::cli {
namespace {

struct Options {
  std::string image, keep, source;
};

Result<int> verify(const Options& options, const Invocation& invocation) {
  if (invocation.trailing.empty())
    return std::unexpected(
        Error::usage("no command to verify with", "give one after --; it finds the image's name in $WINNOW_IMAGE"));
  const auto reference = Reference::parse(options.image);
  if (!reference) return std::unexpected(reference.error());
  if (reference->transport != Transport::kEngine)
    return std::unexpected(Error::usage("verify runs an image of the running engine, not " + printable(options.image)));
  const auto spec = read_keep(options.keep);
  if (!spec) return std::unexpected(spec.error());
  const auto engine = Engine::connect();
  if (!engine) return std::unexpected(engine.error());
  const auto slim = engine->find_image(reference->location);
  if (!slim) return std::unexpected(slim.error());
  const auto fat = open_source(*spec, options.source, invocation.reading);
  if (!fat) return std::unexpected(fat.error());
  if (*slim && ((*slim)->id == spec->id || (*slim)->id == fat->index().target))
    return fail(printable(options.image) + " is the source image itself", "verify the image that `winnow emit` made");

  TrialSpec trial;
  trial.target = ImageTarget{reference->location};
  trial.command = invocation.trailing;
  trial.work = [&, image = reference->location](const std::stop_token& stop) {
    return run_command(invocation.trailing, {"WINNOW_IMAGE=" + image}, stop);
  };
  const auto outcome = run_trial_shown(trial, &*engine);
  if (!outcome) return std::unexpected(outcome.error());
  if (outcome->failure && !outcome->interrupted) return std::unexpected(*outcome->failure);
  Attempt attempt;
  attempt.image = reference->location;
  attempt.source = spec->reference;
  attempt.command = invocation.trailing;
  attempt.status = outcome->status;
  expect_recorded(attempt, *spec);
  const Verdict verdict = judge(outcome->profile, *spec, fat->index(), attempt);
  if (auto printed = print_verdict(verdict, invocation.json); !printed) return std::unexpected(printed.error());
  if (outcome->interrupted) return kInterrupted;
  return verdict.outcome == Outcome::kPass ? kDone : kFinding;
}

}  // namespace

void add_verify(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  auto* command =
      app.add_subcommand("verify", "run a command against the slim image and name every file that it missed");
  command->add_option("image", options->image, "the slim image, in the running engine")->required();
  command->add_option("--keep", options->keep, "the keep spec that it was made from")->required();
  command->add_option("--source", options->source, "where the planned image is now, if not where the keep spec says");
  command->footer("The words after -- are the command; it finds the slim image's name in $WINNOW_IMAGE.");
  command->callback(
      [options, &invocation] { invocation.run = [options, &invocation] { return verify(*options, invocation); }; });
}

}  // namespace winnow::cli
