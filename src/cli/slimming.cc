// SPDX-License-Identifier: Apache-2.0
// Record, cut, verify, heal, name: each step stops when it has to, and an image gets its name only when it has passed.
#include "cli/slimming.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>

#include "cli/dockerfile_options.h"
#include "cli/exercised.h"
#include "cli/start_watch.h"
#include "cli/verdict.h"
#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/base/shell.h"
#include "winnow/base/text.h"
#include "winnow/report/markdown.h"

namespace winnow::cli {
namespace {

using Clock = std::chrono::steady_clock;

// How long a test may take on the slim image, when it took some time on the source image.
constexpr int kTimesAsLong = 10;
constexpr auto kLonger = std::chrono::minutes(1);

class Slimming {
 public:
  Slimming(const Engine& engine, Home& home, const SlimWishes& wishes, SlimOutcome& outcome)
      : engine_(engine), home_(home), wishes_(wishes), outcome_(outcome) {}

  Result<int> run() {
    const auto begun = Clock::now();
    auto code = check();
    if (code && !*code) code = test_source();
    if (code && !*code) code = cut_until_it_passes();
    outcome_.took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun);
    if (!code) return std::unexpected(code.error());
    if (*code) return **code;
    if (auto finished = finish(); !finished) return std::unexpected(finished.error());
    return outcome_.outcome() == Outcome::kPass ? kDone : kFinding;
  }

 private:
  // Nothing: go on. Else the exit code to stop with.
  using Step = Result<std::optional<int>>;

  [[nodiscard]] bool interrupted() const { return *interrupt_.flag(); }

  // Before anything is run.
  Step check() {
    const auto source = engine_.find_image(wishes_.image);
    if (!source) return std::unexpected(source.error());
    if (!*source)
      return fail(fmt::format("no image {} in {}", printable(wishes_.image), engine_.info().endpoint),
                  fmt::format("`{} images` lists what is there; winnow pulls nothing", engine_.info().name));
    const auto there = engine_.find_image(wishes_.slim);
    if (!there) return std::unexpected(there.error());
    if (*there && (*there)->id == (*source)->id)
      return std::unexpected(Error::usage(printable(wishes_.slim) + " is the source image itself",
                                          "give the slim image another name with --tag"));
    for (const std::string& name : wishes_.as) {
      const auto named = engine_.find_image(name);
      if (!named) return std::unexpected(named.error());
      if (!*named || (*named)->id != (*source)->id)
        return std::unexpected(Error::usage(
            fmt::format("--as {} is not a name of {}", printable(name), printable(wishes_.image)),
            "the test has to find the source image by it first: `docker tag` gives an image another name"));
    }
    if (auto made = make_directory(wishes_.output); !made) return std::unexpected(made.error());
    // What an earlier run wrote must not be taken for what this one finds.
    for (const char* file : {"/report.md", "/slim.json", "/profile.json", "/keep.json", "/removed.json"})
      ::unlink((wishes_.output + file).c_str());
    return std::nullopt;
  }

  // A second run, to know what a test prints differently each time; what it touches is recorded as well. ASKED is the
  // probe of the first one, if it was one.
  Result<void> run_again(const SlimTest& test, TrialOutcome& first, const std::optional<ProbeReport>& asked) {
    const std::string name = shown_test(wishes_, test);
    say(fmt::format("once more, to see what {} prints differently each time", name));
    TestReport report;
    Attempt seen;
    TestBed bed = wishes_.bed;
    if (bed.probe) bed.probe->expected = asked;
    auto tried = trial(wishes_.image, test, std::move(bed), report, seen);
    if (!tried) return std::unexpected(tried.error());
    if (tried->failure) return std::unexpected(*tried->failure);
    if (tried->status != first.status)
      return fail(fmt::format("{} ends with status {} and then with {} on {}: it proves nothing", name,
                              first.status.value_or(-1), tried->status.value_or(-1), printable(wishes_.image)));
    outcome_.printed_again.push_back(std::move(report.printed).value_or(Printed{}));
    return first.profile.merge(tried->profile);
  }

  // What a test prints on the slim image, beside what it printed twice on the source image.
  [[nodiscard]] std::vector<OutputComparison> compare(std::size_t test, const TestReport& report) const {
    const auto& first = outcome_.source_reports[test].printed;
    if (!first || !report.printed) return {};
    const Printed& again = outcome_.printed_again[test];
    return {compare_output("stdout", first->out, again.out, report.printed->out),
            compare_output("stderr", first->err, again.err, report.printed->err)};
  }

  // SEEN: what its containers look like from outside.
  Result<TrialOutcome> trial(const std::string& image, const SlimTest& test, TestBed bed, TestReport& report,
                             Attempt& seen) {
    const auto made_of = engine_.find_image(image);
    if (!made_of) return std::unexpected(made_of.error());
    auto watch = StartWatch::begin(engine_, *made_of ? (*made_of)->id : Digest());
    if (!watch) return std::unexpected(watch.error());
    TrialSpec spec;
    spec.target = ImageTarget{image};
    if (!test.command.empty()) spec.command = {"sh", "-c", test.command};
    std::atomic<std::chrono::milliseconds> quiet{};
    if (bed.probe) bed.probe->quiet = [&quiet] { return quiet.load(); };
    spec.on_progress = [&quiet](const TrialProgress& progress) { quiet = progress.recorded.since_new; };
    spec.work = [&](const std::stop_token& stop) {
      return run_test(engine_, home_, bed, image, test.command, stop, report);
    };
    auto outcome = run_trial_shown(spec, &engine_, &interrupt_);
    watch->finish(seen);
    if (!outcome) return std::unexpected(outcome.error().within(printable(image)));
    return outcome;
  }

  // A program that misses a file may wait for ever, and so may its test.
  [[nodiscard]] TestBed bed_on_slim(const TestReport& on_source) const {
    TestBed bed = wishes_.bed;
    if (!bed.test_timeout) bed.test_timeout = kTimesAsLong * on_source.took + kLonger;
    if (bed.probe) bed.probe->expected = on_source.probe;
    return bed;
  }

  Result<void> add(const SlimTest& test, const AccessProfile& seen) {
    if (outcome_.profile.runs.empty()) outcome_.profile.image = seen.image;
    return test.recorded ? outcome_.profile.merge(seen) : Result<void>{};
  }

  Step save_what_was_seen(const SlimTest& test, const AccessProfile& seen) {
    if (auto added = add(test, seen); !added) return std::unexpected(added.error());
    if (outcome_.profile.runs.empty()) return kInterrupted;
    if (auto written = write_profile(); !written) return std::unexpected(written.error());
    say_profile(outcome_.profile, wishes_.output + "/profile.json");
    return kInterrupted;
  }

  // Every test has to pass on the source image; what the recorded ones touched becomes the profile.
  Step test_source() {
    for (const SlimTest& test : wishes_.tests) {
      say(fmt::format("{} {} on {}", test.recorded ? "recording" : "trying", shown_test(wishes_, test),
                      printable(wishes_.image)));
      TestReport report;
      Attempt seen;
      auto tried = trial(wishes_.image, test, wishes_.bed, report, seen);
      if (!tried) return std::unexpected(tried.error());
      if (interrupted()) return save_what_was_seen(test, tried->profile);
      if (tried->failure) return std::unexpected(*tried->failure);
      if (report.timed_out)
        return fail(fmt::format("{} takes longer than {} s on {} itself", shown_test(wishes_, test),
                                wishes_.bed.test_timeout->count() / 1000, printable(wishes_.image)),
                    "--test-timeout gives it longer");
      if (tried->profile.runs.empty())
        return fail(fmt::format("the test started no container of {}", printable(wishes_.image)),
                    "it finds the image's name in $WINNOW_IMAGE");
      if (tried->status != 0) {
        say(fmt::format("winnow: {} fails on {} itself (status {}): nothing was cut", shown_test(wishes_, test),
                        printable(wishes_.image), tried->status.value_or(-1)));
        if (report.probe) say(source_failure_text(wishes_, *report.probe));
        return kCommandFailed;
      }
      if (wishes_.bed.keep_output)
        if (auto again = run_again(test, *tried, report.probe); !again) return std::unexpected(again.error());
      if (interrupted()) return save_what_was_seen(test, tried->profile);
      if (auto added = add(test, tried->profile); !added) return std::unexpected(added.error());
      outcome_.on_source.push_back(*std::move(tried));
      outcome_.source_reports.push_back(std::move(report));
      outcome_.source_attempts.push_back(std::move(seen));
    }
    if (auto written = write_profile(); !written) return std::unexpected(written.error());
    say_profile(outcome_.profile, wishes_.output + "/profile.json");
    auto source = open_named({Transport::kEngine, wishes_.image, {}, {}}, wishes_.reading, &engine_);
    if (!source) return std::unexpected(source.error());
    source_ = *std::move(source);
    outcome_.coverage = estimate_coverage(outcome_.profile, files_of(source_->index()));
    say("  " + in_words(outcome_.coverage));
    return std::nullopt;
  }

  Result<void> write_profile() const {
    return write_output(wishes_.output + "/profile.json", to_json(outcome_.profile));
  }

  Step cut_until_it_passes() {
    for (int round = 0;; ++round) {
      SlimRound& now = outcome_.rounds.emplace_back();
      if (auto cut = cut_once(round, now); !cut) return std::unexpected(cut.error());
      if (interrupted()) return kInterrupted;
      if (auto stop = verify_all(now); !stop || *stop) return stop;
      if (outcome_.outcome() == Outcome::kPass || round == wishes_.most_rounds) return std::nullopt;
      if (!heal_round(now)) return std::nullopt;
      if (auto written = write_profile(); !written) return std::unexpected(written.error());
    }
  }

  // A keep spec from the profile as it is now, and an image with a name for the time being.
  Result<void> cut_once(int round, SlimRound& now) {
    auto spec = make_plan(source_->index(), outcome_.profile, wishes_.plan);
    if (!spec) return std::unexpected(spec.error());
    spec_ = *std::move(spec);
    now.sizes = spec_.summary;
    const std::string keep = wishes_.output + "/keep.json";
    if (auto written = write_output(keep, to_json(spec_)); !written) return written;
    say_summary(spec_, keep);
    auto name = home_.new_image(round);
    if (!name) return std::unexpected(name.error());
    temporary_ = *std::move(name);
    auto id = emit_image(*source_, spec_, {Transport::kEngine, temporary_, {}, {}}, &engine_, wishes_.emit);
    if (!id) return std::unexpected(id.error());
    return {};
  }

  // A test on the slim image, which has the source's names for as long if the user wants it.
  Result<TrialOutcome> trial_on_slim(const SlimTest& test, const TestBed& bed, TestReport& report, Attempt& seen) {
    for (const std::string& name : wishes_.as)
      if (auto lent = home_.lend(engine_, name, temporary_); !lent) return std::unexpected(lent.error());
    auto tried = trial(temporary_, test, bed, report, seen);
    if (auto back = home_.give_back(engine_); !back) return std::unexpected(back.error());
    return tried;
  }

  Step verify_all(SlimRound& now) {
    const auto slim = open_named({Transport::kEngine, temporary_, {}, {}}, wishes_.reading, &engine_);
    if (!slim) return std::unexpected(slim.error());
    for (std::size_t at = 0; at < wishes_.tests.size(); ++at) {
      const SlimTest& test = wishes_.tests[at];
      say(fmt::format("verifying with {}", shown_test(wishes_, test)));
      TestReport report;
      Attempt attempt;
      const auto tried = trial_on_slim(test, bed_on_slim(outcome_.source_reports[at]), report, attempt);
      if (!tried) return std::unexpected(tried.error());
      if (interrupted()) return kInterrupted;
      attempt.image = wishes_.slim;
      attempt.source = wishes_.image;
      if (!test.command.empty()) attempt.command = {test.command};
      attempt.status = tried->status;
      if (report.timed_out) {
        attempt.ended_after = report.took;
        attempt.status.reset();
      }
      attempt.accepts_listings = wishes_.accept_listings;
      expect_as_on_source(attempt, outcome_.on_source[at].status.value_or(0));
      attempt.source_unhealthy = !outcome_.source_attempts[at].unhealthy.empty();
      if (report.probe && outcome_.source_reports[at].probe)
        attempt.differences = differences(*outcome_.source_reports[at].probe, *report.probe);
      if (tried->failure) attempt.start_failures.push_back(tried->failure->what);
      if (report.ready_after) attempt.ready_after = report.ready_after;
      attempt.output = compare(at, report);
      attempt.image_bytes = spec_.summary.kept_bytes;
      attempt.source_bytes = spec_.summary.image_bytes;
      now.verdicts.push_back(
          judge(tried->profile, spec_, source_->index(), attempt, &slim->index(), &outcome_.on_source[at].profile));
    }
    return std::nullopt;
  }

  void add(std::vector<Healed> healed, SlimRound& now) const {
    for (Healed& one : healed) {
      const auto same = [&](const Healed& other) { return other.missing.path == one.missing.path; };
      if (std::ranges::any_of(now.healed, same)) continue;
      if (const auto id = source_->index().find(one.missing.path))
        one.missing.size = source_->index().entries[*id].size;
      now.healed.push_back(std::move(one));
    }
  }

  // Puts back what the tests missed. False: there is nothing that can be put back.
  bool heal_round(SlimRound& now) {
    for (std::size_t at = 0; at < now.verdicts.size(); ++at) {
      const Verdict& verdict = now.verdicts[at];
      add(heal(outcome_.profile, verdict.missing, &outcome_.on_source[at].profile), now);
      if (!wishes_.accept_listings)
        add(heal_listings(outcome_.profile, verdict.shrunk, &outcome_.on_source[at].profile), now);
    }
    // What else was listed is put back if nothing else can be: where a program looked for modules only the output shows
    // whether it did something else with the names.
    for (std::size_t at = 0; at < now.verdicts.size() && std::ranges::none_of(now.healed, &Healed::added); ++at) {
      const Verdict& verdict = now.verdicts[at];
      const bool differs = verdict.outcome == Outcome::kDiffers;
      if (differs || verdict.outcome == Outcome::kListing)
        add(heal_listings(outcome_.profile, verdict.shrunk, nullptr, differs), now);
    }
    for (const Healed& one : now.healed)
      say(fmt::format("  {}: {}, wanted by {}: {}{}", one.added ? "putting back" : "not putting back",
                      printable(one.missing.path), printable(one.missing.by), printable(one.why),
                      one.keep.empty() ? "" : "; --keep " + shell_word(one.keep) + " does"));
    return std::ranges::any_of(now.healed, &Healed::added);
  }

  // The name, for one that passed; another name for one that did not, so that nobody takes it by mistake.
  Result<void> finish() {
    const bool passes = outcome_.outcome() == Outcome::kPass;
    const std::string name = passes ? wishes_.slim : with_suffix(wishes_.slim, "-unproven");
    auto done = engine_.tag_image(temporary_, name);
    if (!done) return done;
    outcome_.slim = name;
    for (Verdict& verdict : outcome_.rounds.back().verdicts) verdict.attempt.image = name;
    const std::string& out = wishes_.output;
    const auto removed = removed_json(source_->index(), spec_);
    done = removed ? write_output(out + "/removed.json", *removed) : std::unexpected(removed.error());
    if (done) done = write_output(out + "/slim.json", slim_json(wishes_, outcome_) + "\n");
    if (done) {
      const auto report = report_markdown(source_->index(), spec_);
      done = report ? write_output(out + "/report.md",
                                   slim_markdown(wishes_, outcome_) + "\n" + markdown_below(*report, 1))
                    : std::unexpected(report.error());
    }
    if (!done) return done;
    // A config may hold what no Dockerfile can say.
    const auto dockerfile = write_dockerfile(*source_, spec_, out + "/dockerfile", &engine_);
    if (dockerfile)
      say_dockerfile(out + "/dockerfile", *dockerfile, spec_);
    else
      say("  no Dockerfile: " + dockerfile.error().what);
    return {};
  }

  const Engine& engine_;
  Home& home_;
  const SlimWishes& wishes_;
  SlimOutcome& outcome_;
  const Interrupt interrupt_;
  std::optional<Image> source_;
  KeepSpec spec_;
  std::string temporary_;
};

}  // namespace

std::string with_suffix(const std::string& image, std::string_view suffix) {
  const std::string name = image.substr(0, image.find('@'));
  const auto colon = name.find(':', name.rfind('/') + 1);
  return colon == std::string::npos ? name + std::string(suffix)
                                    : name.substr(0, colon) + std::string(suffix) + name.substr(colon);
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

Outcome SlimOutcome::outcome() const {
  // From bad to worse.
  constexpr Outcome kOrder[] = {Outcome::kPass, Outcome::kInconclusive, Outcome::kListing, Outcome::kDiffers,
                                Outcome::kMissing};
  const auto rank = [&](Outcome outcome) { return std::ranges::find(kOrder, outcome) - std::begin(kOrder); };
  if (rounds.empty() || rounds.back().verdicts.empty()) return Outcome::kInconclusive;
  return std::ranges::max(rounds.back().verdicts, {}, [&](const Verdict& one) { return rank(one.outcome); }).outcome;
}

Result<int> make_slim(const Engine& engine, Home& home, const SlimWishes& wishes, SlimOutcome& outcome) {
  return Slimming(engine, home, wishes, outcome).run();
}

}  // namespace winnow::cli
