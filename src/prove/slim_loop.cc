// SPDX-License-Identifier: Apache-2.0
// Record, cut, verify, heal, name: each step stops when it has to, and an image gets its name only when it has passed.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "prove/workbench.h"
#include "winnow/attribute/attribute.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/base/text.h"
#include "winnow/report/markdown.h"

namespace winnow {
namespace {

using Clock = std::chrono::steady_clock;
using Step = SlimListener::Step;

// How long a test may take on the slim image, when it took some time on the source image.
constexpr int kTimesAsLong = 10;
constexpr auto kLonger = std::chrono::minutes(1);

std::unexpected<Error> refused(std::string what, Advice advice) {
  Error error = Error::usage(std::move(what));
  error.advice = advice;
  return std::unexpected(std::move(error));
}

class SlimLoop {
 public:
  SlimLoop(Workbench& bench, const SlimOptions& options, SlimListener& listener, SlimOutcome& outcome)
      : bench_(bench), options_(options), listener_(listener), outcome_(outcome) {}

  Result<SlimEnd> run() {
    const auto begun = Clock::now();
    auto end = check();
    if (end && !*end) end = test_source();
    if (end && !*end) end = cut_until_it_passes();
    outcome_.took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun);
    if (!end) return std::unexpected(end.error());
    if (*end) return **end;
    TRY_DO(finish());
    return SlimEnd::kJudged;
  }

 private:
  // Nothing: go on.
  using Stop = Result<std::optional<SlimEnd>>;

  // Before anything is run.
  Stop check() {
    if (!is_image_name(options_.slim))
      return refused(printable(options_.slim) + " is not an image's name", Advice::kBadSlimName);
    const auto source = bench_.find(options_.image);
    if (!source) return std::unexpected(source.error());
    if (!*source)
      return fail(fmt::format("no image {} in {}", printable(options_.image), bench_.info().endpoint),
                  fmt::format("`{} images` lists what is there; winnow pulls nothing", bench_.info().name));
    source_id_ = **source;
    const auto there = bench_.find(options_.slim);
    if (!there) return std::unexpected(there.error());
    if (*there && **there == source_id_)
      return refused(printable(options_.slim) + " is the source image itself", Advice::kSlimIsSource);
    for (const std::string& name : options_.as) {
      const auto named = bench_.find(name);
      if (!named) return std::unexpected(named.error());
      if (!*named || **named != source_id_)
        return std::unexpected(Error::usage(
            fmt::format("{} is not a name of {}", printable(name), printable(options_.image)),
            "the test has to find the source image by it first: `docker tag` gives an image another name"));
    }
    TRY_DO(make_directory(options_.output));
    // What an earlier run wrote must not be taken for what this one finds.
    for (const char* file : {"report.md", "slim.json", "profile.json", "keep.json", "removed.json"})
      ::unlink(output(file).c_str());
    return std::nullopt;
  }

  // Every test has to pass on the source image; what the recorded ones touched becomes the profile.
  Stop test_source() {
    const AccessProfile& known = options_.known;
    if (!known.runs.empty() && known.image.id != source_id_)
      return fail(fmt::format("the profile is of image {}, and {} is {}", known.image.id.str(),
                              printable(options_.image), source_id_.str()),
                  "take a profile of this image");
    outcome_.profile = known;
    for (const SlimTest& test : options_.tests) {
      listener_.on_test(test.recorded ? Step::kRecording : Step::kTrying, test);
      TRY(auto tried, try_on_source(test, options_.bed));
      if (listener_.interrupted()) return save_what_was_seen(test, tried.trial.profile);
      auto passes = check_source(test, tried);
      if (!passes || *passes) return passes;
      auto again = options_.bed.keep_output ? run_again(test, tried) : Result<void>{};
      // Whatever came of the second run: what the first one touched is worth keeping.
      TRY_DO(add(test, tried.trial.profile));
      TRY_DO(write_profile());
      if (!again) return std::unexpected(again.error());
      if (listener_.interrupted()) return save_what_was_seen(test, {});
      outcome_.on_source.push_back(std::move(tried));
    }
    listener_.on_profile(outcome_.profile, output("profile.json"));
    TRY(const auto source, bench_.read_source(options_.image));
    source_ = source;
    outcome_.coverage = estimate_coverage(outcome_.profile, files_of(*source_));
    listener_.on_coverage(outcome_.coverage);
    return std::nullopt;
  }

  // A test on the source image, which is the same one each time.
  Result<Tried> try_on_source(const SlimTest& test, const TestBed& bed) {
    TRY(const auto now, bench_.find(options_.image));
    if (now != source_id_)
      return fail(printable(options_.image) + " is another image than when this began",
                  "something gave the name away meanwhile; slim an image that nobody builds anew");
    return bench_.try_test(options_.image, {}, test.command, bed);
  }

  // Whether TEST did on the source image what a test has to do there.
  Stop check_source(const SlimTest& test, const Tried& tried) {
    const std::string name = shown_test(options_, test);
    if (tried.trial.failure) return std::unexpected(*tried.trial.failure);
    if (tried.seen.ended_after)
      return fail(fmt::format("{} takes longer than {} s on {} itself", name, options_.bed.test_timeout->count() / 1000,
                              printable(options_.image)),
                  Advice::kTestTooLong);
    if (tried.trial.profile.runs.empty())
      return fail(fmt::format("the test started no container of {}", printable(options_.image)),
                  "it finds the image's name in $WINNOW_IMAGE");
    if (tried.trial.status == 0) return std::nullopt;
    listener_.on_source_failure(test, tried);
    return SlimEnd::kSourceFails;
  }

  // A second run, to know what a test prints differently each time; what it touches is recorded as well.
  Result<void> run_again(const SlimTest& test, Tried& first) {
    listener_.on_test(Step::kAgain, test);
    TestBed bed = options_.bed;
    if (bed.probe) bed.probe->expected = first.report.probe;
    auto tried = try_on_source(test, bed);
    if (!tried) return std::unexpected(tried.error());
    if (tried->trial.failure) return std::unexpected(*tried->trial.failure);
    if (listener_.interrupted()) return first.trial.profile.merge(tried->trial.profile);
    if (tried->trial.status != first.trial.status)
      return fail(fmt::format("{} ends with status {} and then with {} on {}: it proves nothing",
                              shown_test(options_, test), first.trial.status.value_or(-1),
                              tried->trial.status.value_or(-1), printable(options_.image)));
    outcome_.printed_again.push_back(std::move(tried->report.printed).value_or(Printed{}));
    return first.trial.profile.merge(tried->trial.profile);
  }

  Result<void> add(const SlimTest& test, const AccessProfile& seen) {
    if (outcome_.profile.runs.empty()) outcome_.profile.image = seen.image;
    return test.recorded ? outcome_.profile.merge(seen) : Result<void>{};
  }

  Stop save_what_was_seen(const SlimTest& test, const AccessProfile& seen) {
    TRY_DO(seen.runs.empty() ? Result<void>{} : add(test, seen));
    if (outcome_.profile.runs.empty()) return SlimEnd::kInterrupted;
    TRY_DO(write_profile());
    listener_.on_profile(outcome_.profile, output("profile.json"));
    return SlimEnd::kInterrupted;
  }

  [[nodiscard]] Result<void> write_profile() const {
    if (outcome_.profile.runs.empty()) return {};  // held-out tests alone so far
    return write_file_atomically(output("profile.json"), to_json(outcome_.profile));
  }

  Stop cut_until_it_passes() {
    for (int round = 0;; ++round) {
      SlimRound& now = outcome_.rounds.emplace_back();
      TRY(auto cut, cut_once(round, now));
      if (listener_.interrupted()) return SlimEnd::kInterrupted;
      if (auto stop = verify_all(cut, now); !stop || *stop) return stop;
      if (outcome_.outcome() == Outcome::kPass || round == options_.max_rounds) return std::nullopt;
      if (!heal_round(now)) return std::nullopt;
      TRY_DO(write_profile());
    }
  }

  // A keep spec from the profile as it is now, and an image with a name for the time being.
  Result<Cut> cut_once(int round, SlimRound& now) {
    TRY(auto spec, make_plan(*source_, outcome_.profile, options_.plan));
    spec_ = std::move(spec);
    now.sizes = spec_.summary;
    TRY_DO(write_file_atomically(output("keep.json"), to_json(spec_)));
    listener_.on_plan(spec_, output("keep.json"));
    auto cut = bench_.cut(spec_, round);
    if (cut) temporary_ = cut->name;
    return cut;
  }

  // A program that misses a file may wait for ever, and so may its test.
  [[nodiscard]] TestBed bed_on_slim(const TestReport& on_source) const {
    TestBed bed = options_.bed;
    if (!bed.test_timeout) bed.test_timeout = kTimesAsLong * on_source.took + kLonger;
    if (bed.probe) bed.probe->expected = on_source.probe;
    return bed;
  }

  // What a test prints on the slim image, beside what it printed twice on the source image.
  [[nodiscard]] std::vector<OutputComparison> compare(std::size_t test, const TestReport& report) const {
    const auto& first = outcome_.on_source[test].report.printed;
    if (!first || !report.printed || test >= outcome_.printed_again.size()) return {};
    const Printed& again = outcome_.printed_again[test];
    return {compare_output("stdout", first->out, again.out, report.printed->out),
            compare_output("stderr", first->err, again.err, report.printed->err)};
  }

  Stop verify_all(const Cut& cut, SlimRound& now) {
    for (std::size_t at = 0; at < options_.tests.size(); ++at) {
      const SlimTest& test = options_.tests[at];
      const Tried& on_source = outcome_.on_source[at];
      listener_.on_test(Step::kVerifying, test);
      auto tried = bench_.try_test(cut.name, options_.as, test.command, bed_on_slim(on_source.report));
      if (!tried) return std::unexpected(tried.error());
      if (listener_.interrupted()) return SlimEnd::kInterrupted;
      if (tried->report.probe && on_source.report.probe)
        tried->seen.differences = differences(*on_source.report.probe, *tried->report.probe);
      tried->seen.output = compare(at, tried->report);
      const Standard standard = {spec_,
                                 *source_,
                                 cut.tree,
                                 options_.slim,
                                 options_.image,
                                 test.command.empty() ? std::vector<std::string>{} : std::vector{test.command},
                                 options_.accept_listings};
      now.verdicts.push_back(judge_tried(standard, *tried, &on_source));
    }
    return std::nullopt;
  }

  void add(std::vector<Healed> healed, SlimRound& now) const {
    for (Healed& one : healed) {
      const auto same = [&](const Healed& other) { return other.missing.path == one.missing.path; };
      if (std::ranges::any_of(now.healed, same)) continue;
      if (const auto id = source_->find(one.missing.path)) one.missing.size = source_->entries[*id].size;
      now.healed.push_back(std::move(one));
    }
  }

  // Puts back what the tests missed. False: there is nothing that can be put back.
  bool heal_round(SlimRound& now) {
    for (std::size_t at = 0; at < now.verdicts.size(); ++at) {
      const Verdict& verdict = now.verdicts[at];
      const AccessProfile& source_run = outcome_.on_source[at].trial.profile;
      add(heal(outcome_.profile, verdict.missing, &source_run), now);
      if (!options_.accept_listings) add(heal_listings(outcome_.profile, verdict.shrunk, &source_run), now);
    }
    // What else was listed is put back if nothing else can be: if a program looked for modules, only the output shows
    // whether it did something else with the names.
    for (std::size_t at = 0; at < now.verdicts.size() && std::ranges::none_of(now.healed, &Healed::added); ++at) {
      const Verdict& verdict = now.verdicts[at];
      const bool differs = verdict.outcome == Outcome::kDiffers;
      if (differs || verdict.outcome == Outcome::kListing)
        add(heal_listings(outcome_.profile, verdict.shrunk, nullptr, differs), now);
    }
    for (const Healed& one : now.healed) listener_.on_healed(one);
    return std::ranges::any_of(now.healed, &Healed::added);
  }

  // The name, for one that passed; another name for one that did not, so that nobody takes it by mistake. The reports
  // are written whether it gets the name or not.
  Result<void> finish() {
    const bool passes = outcome_.outcome() == Outcome::kPass;
    const std::string name = passes ? options_.slim : with_suffix(options_.slim, "-unproven");
    const auto tagged = bench_.tag(temporary_, name);
    if (tagged) outcome_.slim = name;
    for (Verdict& verdict : outcome_.rounds.back().verdicts) verdict.attempt.image = name;
    TRY_DO(write_reports());
    if (!tagged) return std::unexpected(tagged.error().within("naming the slim image " + printable(name)));
    // A config may hold what no Dockerfile can say.
    const std::string directory = output("dockerfile");
    if (const auto pinned = bench_.write_dockerfile(spec_, directory))
      listener_.on_dockerfile(directory, *pinned, spec_);
    else
      listener_.on_note("no Dockerfile: " + pinned.error().what);
    return {};
  }

  [[nodiscard]] Result<void> write_reports() const {
    TRY(const auto removed, removed_json(*source_, spec_));
    auto done = write_file_atomically(output("removed.json"), removed);
    if (done) done = write_file_atomically(output("slim.json"), slim_json(options_, outcome_) + "\n");
    if (!done) return done;
    TRY(const auto report, report_markdown(*source_, spec_));
    return write_file_atomically(output("report.md"),
                                 slim_markdown(options_, outcome_) + "\n" + markdown_below(report, 1));
  }

  [[nodiscard]] std::string output(std::string_view file) const { return options_.output + "/" + std::string(file); }

  Workbench& bench_;
  const SlimOptions& options_;
  SlimListener& listener_;
  SlimOutcome& outcome_;
  Digest source_id_;
  const Index* source_ = nullptr;
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

std::string shown_test(const SlimOptions& options, const SlimTest& test) {
  if (!test.command.empty()) return "`" + printable(test.command) + "`";
  return options.bed.probe ? "a probe of the container" : "the container's own end";
}

Outcome SlimOutcome::outcome() const {
  // From bad to worse.
  constexpr Outcome kOrder[] = {Outcome::kPass, Outcome::kInconclusive, Outcome::kListing, Outcome::kDiffers,
                                Outcome::kMissing};
  const auto rank = [&](Outcome outcome) { return std::ranges::find(kOrder, outcome) - std::begin(kOrder); };
  if (rounds.empty() || rounds.back().verdicts.empty()) return Outcome::kInconclusive;
  return std::ranges::max(rounds.back().verdicts, {}, [&](const Verdict& one) { return rank(one.outcome); }).outcome;
}

Result<SlimEnd> run_slim_loop(Workbench& bench, const SlimOptions& options, SlimListener& listener,
                              SlimOutcome& outcome) {
  return SlimLoop(bench, options, listener, outcome).run();
}

}  // namespace winnow
