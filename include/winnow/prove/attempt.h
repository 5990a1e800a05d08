// SPDX-License-Identifier: Apache-2.0
// One run of a test on an image under the recorder, and what it proves of a slim image.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "winnow/base/error.h"
#include "winnow/engine/engine.h"
#include "winnow/index/index.h"
#include "winnow/plan/plan.h"
#include "winnow/trial/test_bed.h"
#include "winnow/trial/trial.h"
#include "winnow/verify/verify.h"

namespace winnow {

// How a trial is run: run_trial() itself, or a function that also shows how it goes.
using RunTrial = std::function<Result<TrialOutcome>(TrialSpec, const Engine*)>;

// The result of a test on an image.
struct Tried {
  TrialOutcome trial;
  TestReport report;  // of a test that run_test() ran
  // What was seen from outside: status, end, containers' start and health. The caller adds differences and output.
  Attempt seen;

  // Notes that the test was ended after TIME, and so has no exit status.
  void ended_after(std::chrono::milliseconds time);
};

// Records the containers of IMAGE, a name in ENGINE, while the work of SPEC runs, and watches from outside how they
// start. Sets the selector of SPEC. Errors: those of run_trial(); ENGINE has no such image.
Result<Tried> try_in_engine(const Engine& engine, const std::string& image, TrialSpec spec, const RunTrial& run);

// What a slim image is compared with, and the names for the verdict.
struct Standard {
  const KeepSpec& spec;
  const Index& source;
  const Index& slim;
  std::string image, source_image;   // names of the slim and the source image, as the user gave them
  std::vector<std::string> command;  // what was run against the slim image
  bool accepts_listings = false;     // see Attempt::accepts_listings
};
// Returns a verdict if TRIED, a test on the source image, started no container, took too long or did not return 0.
std::optional<Verdict> judge_source(const Standard& standard, const Tried& tried);
// Judges TRIED, a test on the slim image. ON_SOURCE is the same test on the source image just before; without it the
// status of the recorded test is expected. If ON_SOURCE lost events, only its status and health count: it may not show
// all that was found there.
Verdict judge_tried(const Standard& standard, const Tried& tried, const Tried* on_source = nullptr);

}  // namespace winnow
