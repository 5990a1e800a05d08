// SPDX-License-Identifier: Apache-2.0
// winnow verify: run the tests on the slim image under the recorder and name every file it missed.
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/cli.h"
#include "cli/run.h"
#include "cli/trial_options.h"
#include "cli/verdict.h"
#include "winnow/base/error.h"
#include "winnow/base/text.h"
#include "winnow/prove/attempt.h"
#include "winnow/prove/guard.h"
#include "winnow/terminal/recorder_options.h"
#include "winnow/verify/verify.h"

namespace winnow::cli {
namespace {

struct VerifyOptions {
  std::string image, keep, source, report, watch, ready;
  bool source_first = false, ignore_exec = false, accept_listings = false;
  double duration = 0, test_timeout = 0;
};

// What one verification works on.
struct Subject {
  const VerifyOptions& options;
  const Invocation& invocation;
  const Engine& engine;
  const KeepSpec& spec;
  const Image& source;
  const Image& slim;
};

// The command while NAME's containers are recorded; it finds the name in $WINNOW_IMAGE.
Result<Tried> try_on(const Subject& subject, const std::string& name) {
  const auto& command = subject.invocation.trailing;
  // Machine output is alone on stdout.
  const Output output =
      subject.invocation.json || subject.options.report == "-" ? Output::kToStderr : Output::kInherited;
  auto environment = subject.engine.client_environment();
  environment.push_back("WINNOW_IMAGE=" + name);
  const auto limit = seconds(subject.options.test_timeout);
  bool timed_out = false;
  TrialSpec trial;
  trial.command = command;
  trial.work = [&](const std::stop_token& stop) {
    return run_command(command, environment, stop, {.output = output, .limit = limit, .timed_out = &timed_out});
  };
  auto tried = try_in_engine(subject.engine, name, std::move(trial), [](TrialSpec spec, const Engine* engine) {
    return run_trial_shown(std::move(spec), engine);
  });
  if (timed_out) {
    if (tried) tried->ended_after(*limit);
    say(fmt::format("winnow: the command was ended after {} s (--test-timeout)", subject.options.test_timeout));
  }
  if (!tried || !tried->trial.failure || tried->trial.interrupted) return tried;
  Error error = *tried->trial.failure;
  if (error.hint.empty() && error.advice == Advice::kNone)
    error.hint = "the words after -- are a program and its arguments; a line for a shell is: -- sh -c 'LINE'";
  return std::unexpected(error);
}

// The name of the source image for the engine that runs it.
Result<std::string> source_in_engine(const Subject& subject) {
  const auto reference =
      Reference::parse(subject.options.source.empty() ? subject.spec.reference : subject.options.source);
  if (!reference) return std::unexpected(reference.error());
  if (reference->transport != Transport::kEngine)
    return std::unexpected(Error::usage("--source-first runs the source image, and " + printable(reference->str()) +
                                            " is not one of the running engine",
                                        "load it there, and say how it is called with --source"));
  return reference->location;
}

Result<Tried> try_on_source(const Subject& subject) {
  TRY(const auto name, source_in_engine(subject));
  say("winnow: the command on the source image first, " + printable(name));
  auto tried = try_on(subject, name);
  if (!tried) return std::unexpected(tried.error().within("on the source image"));
  return tried;
}

Result<int> finish(const Verdict& verdict, const Subject& subject) {
  TRY_DO(tell_verdict(verdict, subject.options.report, subject.invocation.json));
  return verdict.outcome == Outcome::kPass ? kDone : kFinding;
}

Result<int> verify_image(const Subject& subject, const std::string& name) {
  const Standard standard = {subject.spec,
                             subject.source.index(),
                             subject.slim.index(),
                             name,
                             subject.options.source.empty() ? subject.spec.reference : subject.options.source,
                             subject.invocation.trailing,
                             subject.options.accept_listings};
  std::optional<Tried> source;
  if (subject.options.source_first) {
    TRY(auto tried, try_on_source(subject));
    source = std::move(tried);
    if (source->trial.interrupted) return kInterrupted;
    if (const auto verdict = judge_source(standard, *source)) return finish(*verdict, subject);
  }
  TRY(const auto tried, try_on(subject, name));
  const auto code = finish(judge_tried(standard, tried, source ? &*source : nullptr), subject);
  return code && tried.trial.interrupted ? Result<int>(kInterrupted) : code;
}

// An image in a file, or in a store: the container is run by us, and the command beside it.
Result<int> verify_without_engine(const VerifyOptions& options, Invocation invocation) {
  if (options.source_first)
    return std::unexpected(Error::usage("--source-first needs an image of the running engine",
                                        "verify the source image itself with `winnow run`"));
  RunWords words;
  words.image = options.image;
  words.output = "";
  words.keep = options.keep;
  words.source = options.source;
  words.report = options.report;
  words.ready = options.ready;
  words.test_timeout = options.test_timeout;
  words.accept_listings = options.accept_listings;
  words.test = std::exchange(invocation.trailing, {});
  return run_image(words, invocation);
}

Result<int> verify(const VerifyOptions& options, const Invocation& invocation) {
  if (options.image.empty())
    return std::unexpected(Error::usage("name the slim image, or a running container of it with --watch"));
  TRY(const auto reference, Reference::parse(options.image));
  if (reference.transport != Transport::kEngine) return verify_without_engine(options, invocation);
  if (invocation.trailing.empty())
    return std::unexpected(
        Error::usage("no command to verify with", "give one after --; it finds the image's name in $WINNOW_IMAGE"));
  TRY_DO(check_report(options.report, invocation.json));
  if (!options.report.empty()) {
    TRY_DO(check_output(options.report));
  }
  TRY(const auto spec, read_keep(options.keep));
  TRY(const auto engine, connect_engine());
  TRY(const auto found, engine.find_image(reference.location));
  TRY(const auto source, open_planned(spec, options.source, invocation.reading, &engine));
  if (found && (found->id == spec.id || found->id == source.index().manifest))
    return fail(printable(options.image) + " is the source image itself", "verify the image that `winnow emit` made");
  TRY(const auto slim, open_named(reference, invocation.reading, &engine));
  return verify_image({options, invocation, engine, spec, source, slim}, reference.location);
}

// Each line of a guard to stdout.
class Lines : public GuardReader {
 public:
  [[nodiscard]] bool interrupted() const override { return *interrupt_.flag(); }
  Result<void> take(std::string_view line) override { return write_output("-", std::string(line) + "\n"); }
  Result<void> is_there() override {
    pollfd out{STDOUT_FILENO, 0, 0};  // only what poll(2) reports unasked: nobody has the other end of the pipe open
    if (::poll(&out, 1, 0) > 0 && (out.revents & (POLLERR | POLLHUP)) != 0)
      return fail("writing: nobody reads the output any more", "keep its reader running");
    return {};
  }
  void on_note(const std::string& sentence) override { say("winnow: " + sentence); }

 private:
  const Interrupt interrupt_;
};

Result<int> watch(const VerifyOptions& options, const Invocation& invocation) {
  if (!options.image.empty() || !invocation.trailing.empty())
    return std::unexpected(Error::usage("--watch takes a running container; it needs neither an image nor a command"));
  ::signal(SIGPIPE, SIG_IGN);  // a reader that went away is an error to be told of, not our death
  TRY(const auto spec, read_keep(options.keep));
  TRY(const auto engine, connect_engine());
  TRY(const auto source, open_planned(spec, options.source, invocation.reading, &engine));
  GuardOptions guarded;
  guarded.container = options.watch;
  guarded.ignore_exec = options.ignore_exec;
  guarded.duration = seconds(options.duration);
  Lines lines;
  TRY(const auto outcome, guard(engine, spec, source.index(), guarded, lines));
  if (outcome.missing > 0) return kFinding;
  return outcome.interrupted ? kInterrupted : kDone;
}

}  // namespace

void add_verify(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<VerifyOptions>();
  auto* command =
      app.add_subcommand("verify", "run a command against the slim image and name every file that it missed");
  command->add_option(
      "image", options->image,
      "the slim image, of the running engine; one of a file (oci:DIR, ...) is run without an engine, and the "
      "command beside it");
  command->add_option("--keep", options->keep, "the keep spec that it was made from")->required();
  command->add_option("--source", options->source, "where the planned image is now, if not where the keep spec says");
  auto* first = command->add_flag("--source-first,--fat-first", options->source_first,
                                  "run the command on the source image before, and expect the same of the slim one");
  auto* report = command->add_option("--report", options->report, "a Markdown file for the verdict; - is stdout");
  auto* watched = command->add_option("--watch", options->watch,
                                      "a running container, by name or id: tell what it misses, one JSON line each");
  auto* accepted = add_accept_listings(*command, options->accept_listings);
  watched->excludes(first)->excludes(report)->excludes(accepted);
  command->add_option("--duration", options->duration, "with --watch: stop after so many seconds")
      ->check(CLI::PositiveNumber)
      ->needs(watched);
  command->add_flag("--ignore-exec", options->ignore_exec, "with --watch: leave out what only entered shells miss")
      ->needs(watched);
  command->add_option("--test-timeout", options->test_timeout, "end the command after so many seconds; it then failed")
      ->check(CLI::PositiveNumber)
      ->excludes(watched);
  command->add_option("--ready", options->ready,
                      "without an engine: shell command that succeeds once the container can be tested");
  command->footer("The words after -- are the command; it finds the slim image's name in $WINNOW_IMAGE.");
  command->callback([options, &invocation] {
    invocation.run = [options, &invocation] {
      return options->watch.empty() ? verify(*options, invocation) : watch(*options, invocation);
    };
  });
}

}  // namespace winnow::cli
