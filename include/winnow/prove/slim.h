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
  std::string command;   // for sh; empty: a probe, or the container's own end
  bool recorded = true;  // false: held out: not recorded, but what it misses can be put back, too
};

struct SlimOptions {
  std::string image, slim, output;     // names of two images, and a directory
  std::vector<std::string> as;         // names of the source that lead to the slim image while a test runs on that
  std::vector<std::string> on_source;  // compose services that stay on the source image; only reported
  std::vector<SlimTest> tests;
  TestBed bed;         // without a time limit for tests, those on the slim image get one
  int max_rounds = 0;  // of healing
  bool accept_listings = false;
  PlanOptions plan;
  EmitOptions emit;
  OpenOptions reading;
};

// One cut, what the tests found, and what was put back or left out.
struct SlimRound {
  Summary sizes;
  std::vector<Verdict> verdicts;  // one for each test
  std::vector<Healed> healed;
};

// Why the loop ended.
enum class SlimEnd {
  kJudged,       // each test has a verdict on the last cut
  kSourceFails,  // a test's status is not 0 on the source image: no cut
  kInterrupted,  // the user stopped it: what was recorded until then is saved
};

struct SlimOutcome {
  std::vector<Tried> on_source;        // of the tests that passed there
  std::vector<Printed> printed_again;  // by each in a second run there; empty: output is not compared
  AccessProfile profile;               // of the recorded tests, healed
  CoverageEstimate coverage;
  std::vector<SlimRound> rounds;  // the last one counts
  std::string slim;               // the image's name; empty: none
  std::chrono::milliseconds took{0};
  [[nodiscard]] Outcome outcome() const;  // worst first: missing, differs, listing, inconclusive
};

// Hears what make_slim() does, as it does it. Every call comes from the thread that called make_slim().
class SlimListener {
 public:
  enum class Step { kRecording, kTrying, kAgain, kVerifying };  // kTrying: held out, on the source image

  SlimListener() = default;
  SlimListener(const SlimListener&) = delete;
  SlimListener& operator=(const SlimListener&) = delete;
  virtual ~SlimListener() = default;
  // True: the user wants it to stop.
  [[nodiscard]] virtual bool interrupted() const = 0;
  virtual void on_test(Step step, const SlimTest& test) = 0;
  // TEST failed on the source image.
  virtual void on_source_failure(const SlimTest& test, const Tried& tried) = 0;
  virtual void on_profile(const AccessProfile& profile, const std::string& file) = 0;
  virtual void on_coverage(const CoverageEstimate& coverage) = 0;
  virtual void on_plan(const KeepSpec& spec, const std::string& file) = 0;
  virtual void on_healed(const Healed& healed) = 0;
  virtual void on_dockerfile(const std::string& directory, const PinnedImages& pinned, const KeepSpec& spec) = 0;
  // A sentence that a person should know.
  virtual void on_note(const std::string& sentence) = 0;
};

// Makes the slim image: its files are in OPTIONS.output, the image is in ENGINE, as OPTIONS.slim if it passes, else
// with "-unproven" added. HOME needs use(ENGINE) first; its clear() removes what is temporary. OUTCOME fills up on
// the way. After an error, the profile of the recorded tests that passed on the source image is saved.
Result<SlimEnd> make_slim(const Engine& engine, Home& home, const SlimOptions& options, const RunTrial& run,
                          SlimListener& listener, SlimOutcome& outcome);

// Returns IMAGE with SUFFIX before the tag, "app-slim:1.2" for "app:1.2" and "-slim", without a digest.
std::string with_suffix(const std::string& image, std::string_view suffix);
// "`./test.sh`"; "a probe of the container" or "the container's own end" if there is no command.
std::string shown_test(const SlimOptions& options, const SlimTest& test);

// For people and for programs: what was tested, found, put back and saved.
std::string slim_markdown(const SlimOptions& options, const SlimOutcome& outcome);
std::string slim_json(const SlimOptions& options, const SlimOutcome& outcome);

}  // namespace winnow
