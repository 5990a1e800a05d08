// SPDX-License-Identifier: Apache-2.0
// A slim image that has proven itself: record its tests on the source image, cut, run them again, put back, name.
#pragma once

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "winnow/base/error.h"
#include "winnow/profile/coverage.h"
#include "winnow/prove/attempt.h"
#include "winnow/transfer/pin.h"
#include "winnow/transfer/put.h"
#include "winnow/verify/heal.h"

namespace winnow {

struct SlimTest {
  std::string command;   // for sh; empty: a probe, or the container's end
  bool recorded = true;  // false: it is held out: not recorded, but what it misses can be put back
};

struct SlimOptions {
  std::string image, slim, output;     // names of the source and the slim image, and the directory for files
  std::vector<std::string> as;         // names of the source image that lead to the slim image while a test runs on it
  std::vector<std::string> on_source;  // compose services that stay on the source image; only reported
  std::vector<SlimTest> tests;
  TestBed bed;          // if it has no time limit for tests, those on the slim image get one
  AccessProfile known;  // what was recorded of the source image before: it counts beside what the tests touch
  int max_rounds = 0;   // how often healing is tried
  bool accept_listings = false;
  PlanOptions plan;
  EmitOptions emit;
  OpenOptions reading;
};

// One slim image, what the tests found on it, and what was put back or left out.
struct SlimRound {
  Summary sizes;
  std::vector<Verdict> verdicts;  // one for each test
  std::vector<Healed> healed;
};

// Why the loop ended.
enum class SlimEnd {
  kJudged,       // each test has a verdict on the last slim image
  kSourceFails,  // a test's status is not 0 on the source image; any other failure there is an error of make_slim()
  kInterrupted,  // the user stopped it: what was recorded until then is saved
};

struct SlimOutcome {
  std::vector<Tried> on_source;        // the results of the tests that passed on the source image
  std::vector<Printed> printed_again;  // their output in a second run there; empty: output is not compared
  AccessProfile profile;               // of the recorded tests, with what healing added
  CoverageEstimate coverage;
  std::vector<SlimRound> rounds;  // the last one counts
  std::string slim;               // the name of the slim image; empty: there is none
  std::chrono::milliseconds took{0};
  // Of the last round's tests, the worst: missing, differs, listing, inconclusive (also: no test). Ask after kJudged.
  [[nodiscard]] Outcome outcome() const;
};

// Hears what make_slim() does, as it does it. Every call comes from the thread that called make_slim().
class SlimListener {
 public:
  enum class Step { kRecording, kTrying, kAgain, kVerifying };  // kTrying: held out, on the source image

  SlimListener() = default;
  SlimListener(const SlimListener&) = delete;
  SlimListener& operator=(const SlimListener&) = delete;
  virtual ~SlimListener() = default;
  // True: the user wants it to stop. Asked between steps; RUN has to end a running test (TrialSpec::interrupted).
  [[nodiscard]] virtual bool interrupted() const = 0;
  virtual void on_test(Step step, const SlimTest& test) = 0;
  // Called if TEST ended on the source image with another status than 0.
  virtual void on_source_failure(const SlimTest& test, const Tried& tried) = 0;
  virtual void on_profile(const AccessProfile& profile, const std::string& file) = 0;
  virtual void on_coverage(const CoverageEstimate& coverage) = 0;
  virtual void on_plan(const KeepSpec& spec, const std::string& file) = 0;
  virtual void on_healed(const Healed& healed) = 0;
  virtual void on_dockerfile(const std::string& directory, const PinnedImages& pinned, const KeepSpec& spec) = 0;
  // A sentence that a person should know.
  virtual void on_note(const std::string& sentence) = 0;
};

// Makes the slim image. Its files are in OPTIONS.output, where those of an earlier run are removed first; the image is
// in ENGINE, with the name OPTIONS.slim if it passes, else with "-unproven" added to it. Call HOME.use(ENGINE) before;
// HOME.clear() removes what is temporary. OUTCOME is filled in on the way. After an error, the profile of the recorded
// tests that passed on the source image is saved.
Result<SlimEnd> make_slim(const Engine& engine, Home& home, const SlimOptions& options, const RunTrial& run,
                          SlimListener& listener, SlimOutcome& outcome);

// Returns IMAGE with SUFFIX before the tag, "app-slim:1.2" for "app:1.2" and "-slim", without a digest.
std::string with_suffix(const std::string& image, std::string_view suffix);
// "`./test.sh`"; "a probe of the container" or "the container's own end" if there is no command.
std::string shown_test(const SlimOptions& options, const SlimTest& test);

// Reports for people and for programs: what was tested, found, put back and saved.
std::string slim_markdown(const SlimOptions& options, const SlimOutcome& outcome);
std::string slim_json(const SlimOptions& options, const SlimOutcome& outcome);

}  // namespace winnow
