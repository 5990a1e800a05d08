// SPDX-License-Identifier: Apache-2.0
// winnow run: an image without an engine, under runc, recorded from its first instruction.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <thread>

#include "cli/run.h"
#include "cli/verdict.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/base/text.h"
#include "winnow/prove/attempt.h"
#include "winnow/trial/home.h"

namespace winnow::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto kReadyPoll = 100ms;  // between two ends of a ready command

// What became of the container, beside what the work gives.
struct Fate {
  bool started = false;
  bool asked = false;      // to stop, as it was wanted
  bool timed_out = false;  // the test took longer than it may
};

// What a person types, before it is a run.
struct RunCommand : RunWords {
  std::string command;  // of --test
};

// How programs are run beside the container: where their output and the container's own goes, and where they are noted.
struct Manner {
  bool to_stderr = false;  // machine output is alone on stdout
  std::string note;
};

// Asks the ready command until it succeeds.
Result<void> await_ready(const Bundle& bundle, const RunWords& options, const Manner& manner,
                         const std::vector<std::string>& environment, const std::stop_token& stop) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(options.ready_timeout);
  while (!options.ready.empty()) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    const auto status = run_command({"sh", "-c", "exec >/dev/null 2>&1\n" + options.ready}, environment, stop,
                                    {.limit = std::max(left, 1ms), .note = manner.note});
    if (!status) return std::unexpected(status.error());
    if (*status == 0) break;
    if (const auto ended = bundle.status())
      return fail(fmt::format("the container ended with status {} before it was ready", *ended));
    if (stop.stop_requested()) return fail("interrupted");
    if (std::chrono::steady_clock::now() > deadline)
      return fail(fmt::format("the container was not ready after {} s", options.ready_timeout),
                  "--ready-timeout gives it more time");
    std::this_thread::sleep_for(kReadyPoll);
  }
  return {};
}

Result<int> test(Bundle& bundle, const RunWords& options, const Manner& manner, Fate& fate,
                 const std::stop_token& stop) {
  const std::vector<std::string> environment = {"WINNOW_IMAGE=" + options.image, "WINNOW_CONTAINER=" + bundle.id()};
  if (auto ready = await_ready(bundle, options, manner, environment, stop); !ready)
    return std::unexpected(ready.error());
  auto status = run_command(options.test, environment, stop,
                            {.output = manner.to_stderr ? Output::kToStderr : Output::kInherited,
                             .limit = seconds(options.test_timeout),
                             .timed_out = &fate.timed_out,
                             .note = manner.note});
  if (const auto ended = bundle.status())
    say(fmt::format("winnow: the container ended by itself, with status {}", *ended));
  if (const auto stopped = bundle.stop(); !stopped) return stopped;
  return status;
}

Result<int> work(Bundle& bundle, const RunWords& options, const Manner& manner, Fate& fate,
                 const std::stop_token& stop) {
  // A test has the standard input for itself.
  Fd nothing;
  Streams streams;
  if (manner.to_stderr) streams.out = STDERR_FILENO;
  if (!options.test.empty()) {
    auto opened = open_file("/dev/null", O_RDONLY);
    if (!opened) return std::unexpected(opened.error());
    nothing = *std::move(opened);
    streams.in = nothing.get();
  }
  const std::size_t told = bundle.notes().size();
  if (auto started = bundle.start(streams); !started) return std::unexpected(started.error());
  fate.started = true;
  for (std::size_t at = told; at < bundle.notes().size(); ++at) say("winnow: " + bundle.notes()[at]);
  auto status = options.test.empty() ? bundle.wait(stop) : test(bundle, options, manner, fate, stop);
  fate.asked = stop.stop_requested();
  return status;
}

Result<int> report(const TrialOutcome& outcome, const Fate& fate, const RunWords& options) {
  if (fate.started) say_profile(outcome.profile, options.output);
  if (outcome.failure) return std::unexpected(*outcome.failure);
  if (outcome.interrupted) return kInterrupted;
  if (fate.asked || outcome.status == 0) return kDone;
  say(fmt::format("winnow: {} ended with status {}{}; the profile is written all the same",
                  options.test.empty() ? "the container" : "the test", outcome.status.value_or(-1),
                  fate.timed_out ? fmt::format(", after {} s were up (--test-timeout)", options.test_timeout) : ""));
  return kCommandFailed;
}

// The documents that a slim image is held against.
struct Planned {
  KeepSpec spec;
  Image source;
};

Result<std::optional<Planned>> planned_for(const RunWords& options, const Invocation& invocation) {
  if (options.keep.empty()) return std::nullopt;
  auto spec = read_keep(options.keep);
  if (!spec) return std::unexpected(spec.error());
  auto source = open_planned(*spec, options.source, invocation.reading);
  if (!source) return std::unexpected(source.error());
  return Planned{*std::move(spec), *std::move(source)};
}

Result<int> report_verdict(TrialOutcome outcome, const Planned& planned, const Index& slim, const Fate& fate,
                           const RunWords& options, const Invocation& invocation) {
  if (outcome.interrupted) return kInterrupted;
  Tried tried;
  tried.seen.status = outcome.status;
  tried.trial = std::move(outcome);
  if (fate.timed_out) tried.ended_after(*seconds(options.test_timeout));
  const Standard standard = {planned.spec,
                             planned.source.index(),
                             slim,
                             options.image,
                             options.source.empty() ? planned.spec.reference : options.source,
                             options.test.empty() ? invocation.trailing : options.test,
                             options.accept_listings};
  const Verdict verdict = judge_tried(standard, tried);
  if (auto told = tell_verdict(verdict, options.report, invocation.json); !told) return std::unexpected(told.error());
  return verdict.outcome == Outcome::kPass ? kDone : kFinding;
}

// The trial's target is the cgroup that the bundle will be in.
TrialSpec trial_of(Bundle& bundle, const ProfileImage& image, const RunWords& options, const Invocation& invocation,
                   const Manner& manner, Fate& fate) {
  TrialSpec spec;
  spec.target = NewCgroupTarget{bundle.cgroup(), image};
  spec.command = options.test.empty() ? invocation.trailing : options.test;
  spec.recorder = recorder_options(options.recorder);
  spec.duration = seconds(options.duration);
  set_settle(options.settle, spec);
  spec.work = [&](const std::stop_token& stop) { return work(bundle, options, manner, fate, stop); };
  spec.keep = [&](const TrialOutcome& outcome) -> Result<void> {
    const bool wanted = fate.started && !options.output.empty();
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
  const auto reference = Reference::parse(options.image);
  if (!reference) return std::unexpected(reference.error());
  if (auto one = check_report(options.report, invocation.json); !one) return std::unexpected(one.error());

  if (options.output == "-" && !options.keep.empty())
    return std::unexpected(
        Error::usage("-o - and --keep both want stdout: the profile and the verdict", "name a file with -o"));
  for (const std::string& file : {options.output, options.report})
    if (auto writable = file.empty() ? Result<void>{} : check_output(file); !writable)
      return std::unexpected(writable.error());
  if (::geteuid() != 0) return fail("a container without an engine needs mounts and cgroups", "run as root");
  const auto planned = planned_for(options, invocation);
  if (!planned) return std::unexpected(planned.error());
  const auto swept = sweep(nullptr);
  if (!swept) return std::unexpected(swept.error());
  for (const std::string& line : *swept) say("winnow: " + line);
  const auto home = Home::make();
  if (!home) return std::unexpected(home.error());

  std::optional<Image> image;  // its index is not needed any more once it is unpacked, but for a verdict
  if (auto opened = open_named(*reference, invocation.reading)) {
    image = *std::move(opened);
  } else {
    return std::unexpected(opened.error());
  }
  const ProfileImage name = {reference->transport == Transport::kEngine ? reference->location : reference->str(),
                             image->index().id};
  std::optional<Result<Bundle>> bundle;
  {
    const Interrupt interrupt;
    bundle = Bundle::prepare(*image, home->at("container"), options.container, interrupt.flag());
    if (*interrupt.flag()) return kInterrupted;
  }
  if (!*bundle) return std::unexpected(bundle->error().within("preparing a container of " + printable(options.image)));
  if (!*planned) image.reset();
  for (const std::string& note : (*bundle)->notes()) say("winnow: " + note);
  Fate fate;
  const Manner manner{invocation.json || options.output == "-" || options.report == "-", home->child()};
  const auto outcome = run_trial_shown(trial_of(**bundle, name, options, invocation, manner, fate), nullptr);
  if (!outcome) return std::unexpected(outcome.error());
  if (auto removed = (*bundle)->remove(); !removed) say("winnow: " + removed.error().what);
  if (*planned) return report_verdict(*outcome, **planned, image->index(), fate, options, invocation);
  return report(*outcome, fate, options);
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
