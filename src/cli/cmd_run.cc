// SPDX-License-Identifier: Apache-2.0
// winnow run: an image without an engine, under runc, recorded from its first instruction.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/run.h"
#include "cli/verdict.h"
#include "winnow/base/error.h"
#include "winnow/base/text.h"
#include "winnow/prove/attempt.h"
#include "winnow/trial/bundle_test.h"
#include "winnow/trial/home.h"

namespace winnow::cli {
namespace {

// What a person types, before it is a run.
struct RunCommand : RunWords {
  std::string command;  // of --test
};

Result<int> report(const TrialOutcome& outcome, const BundleReport& became, const RunWords& options) {
  if (became.started) say_profile(outcome.profile, options.output);
  if (outcome.failure) return std::unexpected(*outcome.failure);
  if (outcome.interrupted) return kInterrupted;
  if (became.asked || outcome.status == 0) return kDone;
  say(fmt::format("winnow: {} ended with status {}{}; the profile is written all the same",
                  options.test.empty() ? "the container" : "the test", outcome.status.value_or(-1),
                  became.timed_out ? fmt::format(", after {} s were up (--test-timeout)", options.test_timeout) : ""));
  return kCommandFailed;
}

// The documents that a slim image is held against.
struct Planned {
  KeepSpec spec;
  Image source;
};

Result<std::optional<Planned>> planned_for(const RunWords& options, const Invocation& invocation) {
  if (options.keep.empty()) return std::nullopt;
  TRY(auto spec, read_keep(options.keep));
  TRY(auto source, open_planned(spec, options.source, invocation.reading));
  return Planned{std::move(spec), std::move(source)};
}

Result<int> report_verdict(TrialOutcome outcome, const Planned& planned, const Index& slim, const BundleReport& became,
                           const RunWords& options, const Invocation& invocation) {
  if (outcome.interrupted) return kInterrupted;
  Tried tried;
  tried.seen.status = outcome.status;
  tried.trial = std::move(outcome);
  if (became.timed_out) tried.ended_after(*seconds(options.test_timeout));
  const Standard standard = {planned.spec,
                             planned.source.index(),
                             slim,
                             options.image,
                             options.source.empty() ? planned.spec.reference : options.source,
                             options.test.empty() ? invocation.trailing : options.test,
                             options.accept_listings};
  const Verdict verdict = judge_tried(standard, tried);
  TRY_DO(tell_verdict(verdict, options.report, invocation.json));
  return verdict.outcome == Outcome::kPass ? kDone : kFinding;
}

BundleTest test_of(const RunWords& options, const Invocation& invocation, const Home& home) {
  BundleTest test;
  test.image = options.image;
  test.command = options.test;
  test.ready = options.ready;
  test.ready_timeout = std::chrono::seconds(options.ready_timeout);
  test.test_timeout = seconds(options.test_timeout);
  test.to_stderr = invocation.json || options.output == "-" || options.report == "-";  // machine output is alone there
  test.note = home.child();
  test.on_note = [](const std::string& note) { say("winnow: " + note); };
  return test;
}

// The trial's target is the cgroup that the bundle will be in.
TrialSpec trial_of(Bundle& bundle, const BundleTest& test, const ProfileImage& image, const RunWords& options,
                   const Invocation& invocation, BundleReport& became) {
  TrialSpec spec;
  spec.selector = NewCgroupSelector{bundle.cgroup(), image};
  spec.command = options.test.empty() ? invocation.trailing : options.test;
  spec.recorder = recorder_options(options.recorder);
  spec.duration = seconds(options.duration);
  set_settle(options.settle, spec);
  spec.work = [&](const std::stop_token& stop) { return run_bundle_test(bundle, test, stop, became); };
  spec.keep = [&](const TrialOutcome& outcome) -> Result<void> {
    const bool wanted = became.started && !options.output.empty();
    return wanted ? write_output(options.output, to_json(outcome.profile)) : Result<void>{};
  };
  return spec;
}

void add_container_options(CLI::App& command, RunWords& options) {
  ContainerOptions& container = options.container;
  const auto several = [&](const char* names, std::vector<std::string>& values, const char* help) {
    command.add_option(names, values, help)->allow_extra_args(false);
  };
  several("-e,--env", container.env, "a variable of its environment, NAME=VALUE, or NAME for the caller's");
  several("-v,--volume", container.volumes, "HOST:CONTAINER[:ro], a directory or file of this machine");
  several("--tmpfs", container.tmpfs, "an empty file system in memory, CONTAINER[:OPTIONS]");
  command.add_option("-w,--workdir", container.working_dir, "its working directory");
  command.add_option("-u,--user", container.user, "who it is, NAME|UID[:GROUP|GID]");
  command.add_option("--entrypoint", options.entrypoint, "in place of the image's; its Cmd is left out, too");
  command.add_flag("--read-only", container.read_only, "it cannot write to its root file system");
}

}  // namespace

Result<int> run_image(const RunWords& options, const Invocation& invocation) {
  if (options.test_timeout > 0 && options.test.empty())
    return std::unexpected(
        Error::usage("--test-timeout needs a test; the container itself is stopped by `winnow run "
                     "--duration`"));
  TRY(const auto reference, Reference::parse(options.image));
  TRY_DO(check_report(options.report, invocation.json));

  if (options.output == "-" && !options.keep.empty())
    return std::unexpected(
        Error::usage("-o - and --keep both want stdout: the profile and the verdict", "name a file with -o"));
  for (const std::string& file : {options.output, options.report})
    TRY_DO(file.empty() ? Result<void>{} : check_output(file));
  if (::geteuid() != 0) return fail("a container without an engine needs mounts and cgroups", "run as root");
  const auto planned = planned_for(options, invocation);
  if (!planned) return std::unexpected(planned.error());
  TRY(const auto swept, sweep(nullptr));
  for (const std::string& line : swept) say("winnow: " + line);
  TRY(const auto home, Home::make());

  std::optional<Image> image;  // its index is not needed any more once it is unpacked, but for a verdict
  if (auto opened = open_named(reference, invocation.reading)) {
    image = *std::move(opened);
  } else {
    return std::unexpected(opened.error());
  }
  const ProfileImage name = {reference.transport == Transport::kEngine ? reference.location : reference.str(),
                             image->index().id};
  std::optional<Result<Bundle>> bundle;
  {
    const Interrupt interrupt;
    bundle = Bundle::prepare(*image, home.at("container"), options.container, interrupt.flag());
    if (*interrupt.flag()) return kInterrupted;
  }
  if (!*bundle) return std::unexpected(bundle->error().within("preparing a container of " + printable(options.image)));
  if (!*planned) image.reset();
  for (const std::string& note : (*bundle)->notes()) say("winnow: " + note);
  BundleReport became;
  const BundleTest test = test_of(options, invocation, home);
  TRY(const auto outcome, run_trial_shown(trial_of(**bundle, test, name, options, invocation, became), nullptr));
  if (auto removed = (*bundle)->remove(); !removed) say("winnow: " + removed.error().what);
  if (*planned) return report_verdict(outcome, **planned, image->index(), became, options, invocation);
  return report(outcome, became, options);
}

void add_run(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<RunCommand>();
  auto* command = app.add_subcommand("run", "run an image without an engine and write which files it touches");
  command->add_option("image", options->image, "the image: docker-archive:FILE, oci:DIR, containers-storage:NAME, ...")
      ->required();
  command->add_option("-o,--output", options->output, "the profile to write; - is stdout")->capture_default_str();
  add_container_options(*command, *options);
  command->add_option("--test", options->command,
                      "shell command that exercises the running container, which is stopped after it; it gets "
                      "$WINNOW_IMAGE and $WINNOW_CONTAINER");
  command->add_option("--ready", options->ready, "shell command that succeeds once the container can be tested");
  command->add_option("--ready-timeout", options->ready_timeout, "seconds until that has to be")->capture_default_str();
  command->add_option("--test-timeout", options->test_timeout, "end the test after this many seconds; it then failed")
      ->check(CLI::PositiveNumber);
  command->add_option("--duration", options->duration, "stop it after this many seconds")->check(CLI::PositiveNumber);
  add_settle_option(*command, options->settle);
  command->add_option("--keep", options->keep,
                      "the image is slim and this is its keep spec: name every file that it missed, as verify does");
  command->add_option("--source", options->source, "where the planned image is now, if not where the keep spec says");
  command->add_option("--report", options->report, "a Markdown file for the verdict");
  add_accept_listings(*command, options->accept_listings);
  add_recorder_options(*command, options->recorder);
  command->footer(
      "The words after -- take the place of the image's Cmd: winnow run oci:app -- serve --port 8080\n"
      "It has the network of this machine. Ctrl-C stops it and saves. Options before the image's name, -v among them,\n"
      "mean what they mean to `docker run`.");
  command->callback([options, command, &invocation] {
    if (command->count("--entrypoint") > 0) options->container.entrypoint = options->entrypoint;
    if (!options->command.empty()) options->test = {"sh", "-c", options->command};
    options->container.arguments = invocation.trailing;
    invocation.run = [options, &invocation] { return run_image(*options, invocation); };
  });
}

}  // namespace winnow::cli
