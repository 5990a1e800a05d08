// SPDX-License-Identifier: Apache-2.0
// The steps of `winnow slim`, from tests on the source image to a slim image that has passed them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/cli.h"
#include "winnow/base/error.h"
#include "winnow/profile/coverage.h"
#include "winnow/transfer/put.h"
#include "winnow/trial/test_bed.h"
#include "winnow/verify/heal.h"

namespace winnow::cli {

struct SlimTest {
  std::string command;   // for sh; empty: the container's own end is the test
  bool recorded = true;  // false: held out, so that it says something about use that was not recorded
};

struct SlimWishes {
  std::string image, slim, output;     // names of two images, and a directory
  std::vector<std::string> as;         // names of the source that lead to the slim image while a test runs on that
  std::vector<std::string> on_source;  // services of a compose project that are made from the source all the time
  std::vector<SlimTest> tests;
  TestBed bed;          // without a time limit for tests, those on the slim image get one
  int most_rounds = 0;  // of healing
  bool accept_listings = false;
  PlanOptions plan;
  EmitOptions emit;
  OpenOptions reading;
};

// What one cut was, what the tests said of it, and what was put back.
struct SlimRound {
  Summary sizes;
  std::vector<Verdict> verdicts;  // one for each test
  std::vector<Healed> healed;
};

struct SlimOutcome {
  std::vector<TrialOutcome> on_source;  // of each test
  std::vector<TestReport> source_reports;
  std::vector<Printed>
      printed_again;  // by each test in its second run on the source image; empty: output is not compared
  std::vector<Attempt> source_attempts;  // what was seen of its containers from outside
  AccessProfile profile;                 // of the recorded tests, healed
  CoverageEstimate coverage;
  std::vector<SlimRound> rounds;  // the last one is the result
  std::string slim;               // the name that the image got; empty until it has one
  std::chrono::milliseconds took{0};
  [[nodiscard]] Outcome outcome() const;  // the worst of the last round's
};

// What a slim image is called: "app:1.2" and "-slim" give "app-slim:1.2"; a digest is no part of a name.
std::string with_suffix(const std::string& image, std::string_view suffix);

// "a, b".
std::string joined(const std::vector<std::string>& names);

// All of it: what was made is in WISHES.output, and as an image in ENGINE. Gives the exit code.
Result<int> make_slim(const Engine& engine, Home& home, const SlimWishes& wishes, SlimOutcome& outcome);

// For people and for programs: what was tested, found, put back and saved.
std::string slim_markdown(const SlimWishes& wishes, const SlimOutcome& outcome);
std::string slim_json(const SlimWishes& wishes, const SlimOutcome& outcome);

}  // namespace winnow::cli
