// SPDX-License-Identifier: Apache-2.0
// winnow slim: record, plan, emit and verify for one image and one test command.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/artefacts.h"
#include "cli/cli.h"
#include "cli/plan_options.h"
#include "cli/verdict.h"

namespace winnow::cli {
namespace {

struct Options {
  std::string image, test, output = "winnow-out", tag;
  int ready_timeout = 60;
  PlanWords plan;
};

// IMAGE-slim, with IMAGE's tag or digest left out of the name: "app:1.2" becomes "app-slim:1.2".
std::string slim_name(const std::string& image) {
  const auto at = image.find('@');
  const std::string name = image.substr(0, at);
  const auto colon = name.find(':', name.rfind('/') + 1);
  return colon == std::string::npos ? name + "-slim" : name.substr(0, colon) + "-slim" + name.substr(colon);
}

Result<TrialOutcome> trial(const Engine& engine, const Options& options, const Invocation& invocation,
                           const std::string& image) {
  TrialSpec spec;
  spec.target = ImageTarget{image};
  spec.command = {"sh", "-c", options.test};
  const Service service{image, invocation.trailing, options.test, std::chrono::seconds(options.ready_timeout)};
  spec.work = [&engine, service](const std::stop_token& stop) { return run_service(engine, service, stop); };
  return run_trial_shown(spec, &engine);
}

// Everything that comes from a profile: keep spec, artefacts in the output directory, the slim image in the engine.
Result<KeepSpec> make_slim(const Image& source, const AccessProfile& profile, const Options& options,
                           const PlanOptions& plan, const std::string& slim) {
  auto spec = make_plan(source.index(), profile, plan);
  if (!spec) return spec;
  const std::string& out = options.output;
  auto done = write_output(out + "/keep.json", to_json(*spec));
  if (done) done = write_removed(source, *spec, out + "/removed.json");
  if (done) done = write_report(source, *spec, out + "/report.md");
  if (done) done = write_slim_image(source, *spec, slim);
  if (!done) return std::unexpected(done.error());
  say_summary(*spec, out + "/keep.json");
  if (auto dockerfile = write_dockerfile(source, *spec, out + "/dockerfile"); !dockerfile)
    say("  no Dockerfile: " + dockerfile.error().what);  // a config may hold what no Dockerfile can say
  return spec;
}

Result<int> slim(const Options& options, const Invocation& invocation) {
  const auto engine = Engine::connect();
  if (!engine) return std::unexpected(engine.error());
  auto plan = plan_options(options.plan);  // a mistake in it is told before anything is run
  if (!plan) return std::unexpected(plan.error());
  plan->reference = Reference{Transport::kEngine, options.image, {}, {}}.str();
  if (auto made = make_directory(options.output); !made) return std::unexpected(made.error());
  say(fmt::format("recording {}", printable(options.image)));
  const auto recorded = trial(*engine, options, invocation, options.image);
  if (!recorded) return std::unexpected(recorded.error());
  if (auto written = write_output(options.output + "/profile.json", to_json(recorded->profile)); !written)
    return std::unexpected(written.error());
  say_profile(recorded->profile, options.output + "/profile.json");
  if (recorded->interrupted) return kInterrupted;
  if (recorded->failure) return std::unexpected(*recorded->failure);
  if (recorded->status != 0) {
    say(fmt::format("winnow: the test fails on {} itself (status {}): nothing was cut", printable(options.image),
                    *recorded->status));
    return kCommandFailed;
  }

  const auto source = open_image({Transport::kEngine, options.image, {}, {}}, invocation.reading);
  if (!source) return std::unexpected(source.error());
  const std::string slim = options.tag.empty() ? slim_name(options.image) : options.tag;
  const auto spec = make_slim(*source, recorded->profile, options, *plan, slim);
  if (!spec) return std::unexpected(spec.error());

  say(fmt::format("verifying {}", printable(slim)));
  const auto verified = trial(*engine, options, invocation, slim);
  if (!verified) return std::unexpected(verified.error().within(printable(slim)));
  Attempt attempt;
  attempt.image = slim;
  attempt.source = options.image;
  attempt.status = verified->status;
  expect_recorded(attempt, *spec);
  const Verdict verdict = judge(verified->profile, *spec, source->index(), attempt);
  if (verified->failure) say("winnow: " + verified->failure->what);
  if (auto printed = print_verdict(verdict, invocation.json); !printed) return std::unexpected(printed.error());
  if (verified->interrupted) return kInterrupted;
  return verdict.outcome == Outcome::kPass ? kDone : kFinding;
}

}  // namespace

void add_slim(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("slim", "record, plan, emit and verify one image in one go");
  command->add_option("image", options->image, "an image of the running engine")->required();
  command->add_option("--test", options->test,
                      "shell command that exercises the container; it gets $WINNOW_CONTAINER and $WINNOW_IMAGE. "
                      "Without it the container's own end is the test");
  command->add_option("-o,--output", options->output, "a directory for everything that is written")
      ->capture_default_str();
  command->add_option("--tag", options->tag, "name of the slim image [IMAGE-slim]");
  command->add_option("--ready-timeout", options->ready_timeout, "seconds until the container has to be ready")
      ->capture_default_str();
  add_plan_options(*command, options->plan);
  command->footer("The words after -- are options of `docker run`: winnow slim app --test ./test.sh -- -p 8080:80");
  command->callback(
      [options, &invocation] { invocation.run = [options, &invocation] { return slim(*options, invocation); }; });
}

}  // namespace winnow::cli
