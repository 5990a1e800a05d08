// SPDX-License-Identifier: Apache-2.0
// winnow slim: record, plan, emit, verify and heal for one image and its tests.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>

#include "cli/cli.h"
#include "cli/plan_options.h"
#include "cli/slim_words.h"
#include "cli/trial_options.h"
#include "cli/verdict.h"
#include "winnow/base/error.h"
#include "winnow/base/text.h"
#include "winnow/terminal/mistyped.h"
#include "winnow/terminal/recorder_options.h"
#include "winnow/transfer/profiles.h"

namespace winnow::cli {
namespace {

// Of healing, for who gave no test: nothing but the container itself says what it needs.
constexpr int kRoundsUntested = 3;

struct SlimFlags {
  std::string image, output = "winnow-out", tag, ready, layers;
  std::vector<std::string> tests, held_out, compose;
  std::vector<std::string> services, as, profiles;
  int ready_timeout = 60, test_timeout = 0;
  std::optional<int> heal;
  bool self_started = false, same_output = false, accept_listings = false, no_probe = false;
  std::vector<std::string> probe_paths;
  std::string settle;
  PlanWords plan;
};

Result<void> check_probe(const SlimFlags& flags) {
  const bool wanted = !flags.probe_paths.empty() || !flags.settle.empty();
  if (wanted && (flags.no_probe || !flags.tests.empty()))
    return std::unexpected(Error::usage("--probe-path and --settle are for slim without --test",
                                        "a test decides what is asked, and when it is over"));
  for (const std::string& path : flags.probe_paths)
    if (!path.starts_with('/'))
      return std::unexpected(Error::usage("--probe-path " + printable(path) + " does not begin with /",
                                          "it is asked on each port that speaks HTTP: --probe-path /login"));
  return {};
}

Result<void> check(const SlimFlags& flags, const Invocation& invocation) {
  const auto refuse = [](std::string what, std::string hint) -> Result<void> {
    return std::unexpected(Error::usage(std::move(what), std::move(hint)));
  };
  if (flags.compose.empty() != flags.services.empty())
    return refuse("--compose and --service go together", "--compose compose.yaml --service app");
  if (flags.image.empty() == flags.compose.empty())
    return refuse(flags.image.empty() ? "no image to slim" : "an image and a compose project",
                  "name an image of the running engine, or --compose FILE --service NAME, which names one");
  if (!flags.compose.empty() && flags.self_started)
    return refuse("--self-started and --compose exclude each other",
                  "with --compose the project is started for the test");
  if (flags.self_started && flags.tests.empty())
    return refuse("--self-started needs a --test", "the test starts containers of $WINNOW_IMAGE");
  if ((flags.self_started || !flags.compose.empty()) && !invocation.trailing.empty())
    return refuse("the words after -- are options of `docker run`, and none is run here",
                  flags.self_started ? "the test starts the containers" : "the compose file has the options");
  for (const std::string& file : flags.compose)
    if (::access(file.c_str(), R_OK) != 0) return std::unexpected(Error::from_errno("reading " + printable(file)));
  for (const std::string_view word : invocation.trailing) {
    if (word == "--") break;
    for (const std::string_view own : {"--cidfile", "--restart", "--detach", "--pull"})
      if (word == own || word.starts_with(std::string(own) + "="))
        return refuse(fmt::format("{} is not for the containers of slim", own),
                      "leave it out: winnow ends and removes them");
  }
  if (!flags.tag.empty() && !is_image_name(flags.tag))
    return refuse("--tag " + printable(flags.tag) + " is not an image's name", "such as registry/app-slim:1.2");
  if (flags.tests.empty() && flags.no_probe && !flags.held_out.empty())
    return refuse("--verify-test without --test", "a held-out test needs a recorded one beside it");
  return check_probe(flags);
}

TestBed bed_of(const SlimFlags& flags, const Invocation& invocation) {
  TestBed bed;
  if (flags.self_started) bed.kind = TestBed::Kind::kSelfStarted;
  if (!flags.compose.empty()) bed.kind = TestBed::Kind::kCompose;
  bed.compose_files = flags.compose;
  bed.compose_services = flags.services;
  bed.ready = flags.ready;
  bed.ready_timeout = std::chrono::seconds(flags.ready_timeout);
  bed.keep_output = flags.same_output;
  if (flags.test_timeout > 0) bed.test_timeout = std::chrono::seconds(flags.test_timeout);
  if (flags.tests.empty() && !flags.no_probe) {
    bed.probe.emplace().paths = flags.probe_paths;
    if (flags.settle != "auto") bed.probe->settle = seconds(std::strtod(flags.settle.c_str(), nullptr));
  }
  // "-- OPTIONS -- ARGUMENTS"
  const auto second = std::ranges::find(invocation.trailing, "--");
  bed.run_options.assign(invocation.trailing.begin(), second);
  if (second != invocation.trailing.end()) bed.arguments.assign(second + 1, invocation.trailing.end());
  return bed;
}

// The image of the tested service; with it all others that are made from it get the slim one, or those that are named.
Result<void> choose_services(const Engine& engine, const Home& home, SlimOptions& options) {
  TRY(const auto found, compose_image(engine, home, options.bed));
  options.image = found.image;
  std::vector<std::string>& services = options.bed.compose_services;
  const bool all = services.size() == 1;
  for (const std::string& name : services)
    if (std::ranges::find(found.services, name) == found.services.end())
      return std::unexpected(Error::usage(fmt::format("service {} is not made from {}, as {} is", printable(name),
                                                      printable(found.image), printable(services.front())),
                                          "one run makes one image slim: leave it out, or give it a run of its own"));
  for (const std::string& name : found.services) {
    if (std::ranges::find(services, name) != services.end()) continue;
    (all ? services : options.on_source).push_back(name);
  }
  return {};
}

Result<SlimOptions> options_of(const SlimFlags& flags, const Invocation& invocation, const Engine& engine,
                               const Home& home) {
  SlimOptions options;
  auto plan = plan_options(flags.plan);  // a mistake in it is told before anything is run
  if (!plan) return std::unexpected(plan.error());
  options.plan = *std::move(plan);
  options.bed = bed_of(flags, invocation);
  options.image = flags.image;
  if (!flags.image.empty()) {
    TRY(const auto reference, Reference::parse(flags.image));
    if (reference.transport != Transport::kEngine)
      return std::unexpected(Error::usage("slim takes an image of the running engine, not " + printable(flags.image),
                                          "load it first, or use `winnow run` and `winnow plan`"));
    options.image = reference.location;
  } else {
    TRY_DO(choose_services(engine, home, options));
  }
  options.plan.reference = Reference{Transport::kEngine, options.image, {}, {}}.str();
  options.as = flags.as;
  options.slim = flags.tag.empty() ? with_suffix(options.image, "-slim") : flags.tag;
  options.output = flags.output;
  if (!flags.profiles.empty()) {
    TRY(const auto files, profile_files(flags.profiles));
    TRY(options.known, read_union(files, false));
  }
  for (const std::string& test : flags.tests) options.tests.push_back({test, true});
  if (flags.tests.empty()) options.tests.push_back({"", true});
  for (const std::string& test : flags.held_out) options.tests.push_back({test, false});
  options.max_rounds = flags.heal.value_or(flags.tests.empty() ? kRoundsUntested : 0);
  options.accept_listings = flags.accept_listings;
  options.emit.layering = layering_from_name(flags.layers).value_or(Layering::kSquash);
  options.emit.version = version();
  options.reading = invocation.reading;
  return options;
}

// To stdout: what came of it.
void show(const SlimOptions& options, const SlimOutcome& outcome, bool json) {
  if (json) {
    fmt::print("{}\n", slim_json(options, outcome));
    return;
  }
  const std::vector<Verdict>& verdicts = outcome.rounds.back().verdicts;
  for (std::size_t at = 0; at < verdicts.size(); ++at) {
    if (verdicts.size() > 1)
      fmt::print("{} `{}`\n", options.tests[at].recorded ? "recorded test" : "held-out test",
                 printable(options.tests[at].command));
    std::fflush(stdout);  // the verdict goes past stdio
    (void)tell_verdict(verdicts[at], "", false);
  }
  if (!options.on_source.empty())
    fmt::print("  on the source image all the time: {}\n",
               printable(fmt::format("{}", fmt::join(options.on_source, ", "))));
  const Summary& sizes = outcome.rounds.back().sizes;
  fmt::print("{}: {} of {}, {} after {} round{} of healing, {:.1f} s\n", printable(outcome.slim),
             human_bytes(sizes.kept_bytes), human_bytes(sizes.image_bytes), to_string(outcome.outcome()),
             outcome.rounds.size() - 1, outcome.rounds.size() == 2 ? "" : "s",
             static_cast<double>(outcome.took.count()) / 1000);
  if (outcome.outcome() == Outcome::kMissing && options.max_rounds == 0)
    fmt::print("  --heal 3 puts back what is missing and tries again\n");
  fmt::print("{}", exercised_text(options, outcome));
  if (outcome.outcome() == Outcome::kInconclusive && options.bed.kind == TestBed::Kind::kSelfStarted &&
      options.as.empty())
    fmt::print("  --as {} is for tests that name the image themselves instead of $WINNOW_IMAGE\n",
               printable(options.image));
  fmt::print("  all of it is in {}: report.md first\n", printable(options.output));
}

Result<int> make(const Engine& engine, Home& home, const SlimOptions& options, const Invocation& invocation) {
  check_cache(options.reading.cache);
  const Interrupt interrupt;
  SlimTalk talk(options, interrupt);
  const auto run = [&](TrialSpec spec, const Engine* asked) {
    return run_trial_shown(std::move(spec), asked, &interrupt);
  };
  SlimOutcome outcome;
  TRY(const auto end, make_slim(engine, home, options, run, talk, outcome));
  if (end == SlimEnd::kInterrupted) return kInterrupted;
  if (end == SlimEnd::kSourceFails) return kCommandFailed;
  show(options, outcome, invocation.json);
  return outcome.outcome() == Outcome::kPass ? kDone : kFinding;
}

Result<int> slim(const SlimFlags& flags, const Invocation& invocation) {
  TRY_DO(check(flags, invocation));
  TRY(const auto engine, connect_engine());
  TRY(const auto swept, sweep(&engine));
  for (const std::string& line : swept) say("winnow: " + line);
  TRY(auto home, Home::make());
  TRY_DO(home.use(engine));

  Result<int> code = kDone;
  if (const auto options = options_of(flags, invocation, engine, home))
    code = make(engine, home, *options, invocation);
  else
    code = std::unexpected(options.error());
  if (auto cleared = home.clear(&engine); !cleared)
    say("winnow: not everything could be removed: " + cleared.error().what + "; the next start tries again");
  return code;
}

void add_probe_options(CLI::App& command, SlimFlags& flags) {
  command
      .add_option("--probe-path", flags.probe_paths,
                  "without --test: a path that is asked on each port beside /, with what it links to")
      ->allow_extra_args(false);
  add_settle_option(command, flags.settle,
                    "without --test: stop when nothing new came for this many seconds [3 after answers over HTTP; "
                    "else auto: the second half of the time, at least 10]");
  command.add_flag("--no-probe", flags.no_probe,
                   "without --test: ask nothing, wait until the container ends by itself");
}

// How a test gets its container.
void add_test_bed(CLI::App& command, SlimFlags& flags) {
  command
      .add_option("--test", flags.tests,
                  "shell command that exercises the container; it gets $WINNOW_CONTAINER, $WINNOW_IMAGE, "
                  "$WINNOW_ADDRESS and $WINNOW_PORT_<n>. Several are several runs. Without one winnow "
                  "asks the container's TCP ports over HTTP, or waits for its end")
      ->allow_extra_args(false);
  command
      .add_option("--verify-test", flags.held_out,
                  "a test that is not recorded, only run on the slim image (and before on the source image)")
      ->allow_extra_args(false);
  command.add_flag("--self-started", flags.self_started, "the tests start containers of $WINNOW_IMAGE themselves");
  command.add_option("--compose", flags.compose, "compose file of the project that is started for each test")
      ->allow_extra_args(false);
  command
      .add_option("--service", flags.services,
                  "the service of the compose project that is tested, and whose image is made slim; the other services "
                  "of that image get the slim one too, or only those that further --service name")
      ->allow_extra_args(false);
  command
      .add_option("--as", flags.as,
                  "a name of the source image that leads to the slim image while a test runs on that, for tests that "
                  "name their image themselves")
      ->allow_extra_args(false);
  command.add_option("--ready", flags.ready,
                     "shell command that succeeds once the container is ready [its health check, or a TCP port]");
  command.add_option("--ready-timeout", flags.ready_timeout, "seconds until the container has to be ready")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command
      .add_option("--test-timeout", flags.test_timeout,
                  "seconds after which a test is ended [none on the source image; on the slim one ten times as long as "
                  "there, and a minute]")
      ->check(CLI::PositiveNumber);
  add_probe_options(command, flags);
}

}  // namespace

void add_slim(CLI::App& app, Invocation& invocation) {
  auto flags = std::make_shared<SlimFlags>();
  auto* command = app.add_subcommand("slim", "record, plan, emit, verify and heal one image in one go");
  command->add_option("image", flags->image, "an image of the running engine");
  add_test_bed(*command, *flags);
  command
      ->add_option("--heal", flags->heal,
                   "put back what the tests miss, and try again, at most this many times [0; 3 without --test]")
      ->check(CLI::Range(0, 100));
  command->add_flag("--same-output", flags->same_output,
                    "compare what each test prints with what it prints on the source image, where it runs twice: what "
                    "differs between these two may differ on the slim image");
  command
      ->add_option("--profile", flags->profiles,
                   "keep what this profile of the image has too, or kubernetes:IMAGE, what a fleet has recorded of it")
      ->allow_extra_args(false);
  add_accept_listings(*command, flags->accept_listings);
  command->add_option("-o,--output", flags->output, "a directory for everything that is written")
      ->capture_default_str();
  command->add_option("--tag", flags->tag, "name of the slim image [IMAGE-slim]");
  command->add_option("--layers", flags->layers, "squash [default] or preserve, as for emit")
      ->check(CLI::IsMember({"squash", "preserve"}));
  add_plan_options(*command, flags->plan);
  command->footer(
      "winnow slim app  asks the web server in app what it offers, and proves the slim image with the same requests.\n"
      "The words after -- are options of `docker run`, those after a second -- the container's arguments:\n"
      "  winnow slim app --test ./test.sh --heal 3 -- -p 8080:80 -- --verbose");
  command->callback([flags, command, &invocation] {
    invocation.run = [flags, command, &invocation]() -> Result<int> {
      for (const std::string& word : invocation.trailing) {
        if (word == "--") break;
        if (auto misplaced = option_behind_dashes(*command, word)) return std::unexpected(*std::move(misplaced));
      }
      return slim(*flags, invocation);
    };
  });
}

}  // namespace winnow::cli
