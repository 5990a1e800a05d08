// SPDX-License-Identifier: Apache-2.0
// winnow record: watch a workload, write its access profile.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/cli.h"
#include "cli/trial_options.h"
#include "winnow/base/error.h"
#include "winnow/base/text.h"
#include "winnow/profile/coverage.h"
#include "winnow/terminal/recorder_options.h"

namespace winnow::cli {
namespace {

struct RecordOptions {
  std::string container, image, cgroup, output = "profile.json";
  int pid = 0;
  double duration = 0;
  std::string settle;  // seconds, or "auto"
  bool until_exit = false, ignore_exec = false;
  std::string resume, cleanup;
  RecorderWords recorder;
};

Result<Selector> selector_of(const RecordOptions& options) {
  std::vector<Selector> named;
  if (!options.container.empty()) named.emplace_back(ContainerSelector{options.container});
  if (!options.image.empty()) {
    TRY(const auto reference, Reference::parse(options.image));
    if (reference.transport != Transport::kEngine)
      return std::unexpected(
          Error::usage("--image takes an image of the running engine, not " + printable(options.image)));
    named.emplace_back(ImageSelector{reference.location});
  }
  if (!options.cgroup.empty()) named.emplace_back(CgroupSelector{options.cgroup});
  if (options.pid != 0) named.emplace_back(ProcessSelector{options.pid});
  if (named.size() != 1)
    return std::unexpected(Error::usage("name one target: --container NAME, --image REF, --cgroup PATH or --pid N"));
  return named.front();
}

Result<int> clean_up(const std::string& session) {
  const auto found = Recorder::clean_up(session);
  if (!found) return std::unexpected(found.error());
  say(*found ? "winnow: removed session " + session : "winnow: there was no session " + session);
  return kDone;
}

Result<TrialSpec> spec_of(const RecordOptions& options, const Invocation& invocation) {
  TrialSpec spec;
  spec.recorder = recorder_options(options.recorder);
  spec.resume = !options.resume.empty();
  if (spec.resume) {
    spec.recorder.session = options.resume;
    if (!invocation.trailing.empty())
      return std::unexpected(Error::usage("--resume goes on with what is running; it starts no command"));
  } else {
    TRY(auto selector, selector_of(options));
    spec.selector = std::move(selector);
  }
  spec.command = invocation.trailing;
  spec.duration = seconds(options.duration);
  set_settle(options.settle, spec);
  spec.until_exit = options.until_exit;
  spec.ignore_exec = options.ignore_exec;
  spec.keep = [output = options.output](const TrialOutcome& outcome) -> Result<void> {
    if (outcome.profile.runs.empty()) return {};
    TRY_DO(write_output(output, to_json(outcome.profile)));
    say_profile(outcome.profile, output);
    return {};
  };
  return spec;
}

// Its environment is the same for `verify`, so that one test script serves both.
void set_work(TrialSpec& spec, const Engine* engine, Output output) {
  if (spec.command.empty()) return;
  auto environment = engine != nullptr ? engine->client_environment() : std::vector<std::string>();
  if (const auto* image = std::get_if<ImageSelector>(&spec.selector))
    environment.push_back("WINNOW_IMAGE=" + image->reference);
  spec.work = [command = spec.command, environment, output](const std::stop_token& stop) {
    return run_command(command, environment, stop, {.output = output});
  };
}

Result<int> record(const RecordOptions& options, const Invocation& invocation) {
  if (!options.cleanup.empty()) return clean_up(options.cleanup);
  auto spec = spec_of(options, invocation);
  if (!spec) return std::unexpected(spec.error());
  TRY_DO(check_output(options.output));
  std::optional<Engine> engine;
  const bool asks_engine = std::holds_alternative<ContainerSelector>(spec->selector) ||
                           std::holds_alternative<ImageSelector>(spec->selector);
  if (asks_engine || spec->resume) {
    auto connected = connect_engine();
    if (!connected && !spec->resume) return std::unexpected(connected.error());
    if (connected) engine = *std::move(connected);
  }
  // A profile is alone on stdout.
  set_work(*spec, engine ? &*engine : nullptr, options.output == "-" ? Output::kToStderr : Output::kInherited);
  const auto outcome = run_trial_shown(*spec, engine ? &*engine : nullptr);
  if (!outcome) return std::unexpected(outcome.error());
  if (outcome->failure && outcome->profile.runs.empty()) return std::unexpected(*outcome->failure);
  if (outcome->profile.runs.empty())
    return fail(fmt::format("no container of {} was started while recording", printable(options.image)),
                "the command after -- has to start one; nothing was written");
  if (outcome->pause)
    say("winnow: " +
        settled_in_words(static_cast<std::uint64_t>(outcome->pause->count()), occasions_in(outcome->profile)));
  if (outcome->failure) return std::unexpected(*outcome->failure);
  if (outcome->interrupted) return kInterrupted;
  if (outcome->status && *outcome->status != 0) {
    say(fmt::format("winnow: {} ended with status {}; the profile is written all the same",
                    printable(spec->command.front()), *outcome->status));
    return kCommandFailed;
  }
  return kDone;
}

}  // namespace

void add_record(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<RecordOptions>();
  auto* command = app.add_subcommand("record", "watch a workload and write which files it touches");
  command->add_option("--container", options->container, "a running container, by name or id");
  command->add_option("--image", options->image, "every container made from this image from now on");
  command->add_option("--cgroup", options->cgroup, "a cgroup directory and everything below it");
  command
      ->add_option("--pid", options->pid,
                   "the cgroup that this process is in, or its mount namespace when that cgroup is not its own")
      ->check(CLI::PositiveNumber);
  command->add_option("-o,--output", options->output, "the profile to write; - is stdout")->capture_default_str();
  command->add_option("--duration", options->duration, "stop after this many seconds")->check(CLI::PositiveNumber);
  add_settle_option(*command, options->settle);
  command->add_flag("--until-exit", options->until_exit, "stop when every recorded container has ended");
  command->add_flag("--ignore-exec", options->ignore_exec,
                    "leave out what only entered shells and the like touched (docker exec); health checks stay");
  add_recorder_options(*command, options->recorder);
  command->add_option("--session", options->recorder.recorder.session, "survive the end of this process under a name");
  command->add_option("--resume", options->resume, "go on with a session whose recorder died");
  command->add_option("--cleanup", options->cleanup, "remove what is left of a session");
  command->footer(
      "The words after -- are a command that runs while recording: winnow record --image app -- ./test.sh\n"
      "With --image it finds the image's name in $WINNOW_IMAGE.\n"
      "Ctrl-C stops recording and saves.");
  command->callback(
      [options, &invocation] { invocation.run = [options, &invocation] { return record(*options, invocation); }; });
}

}  // namespace winnow::cli
