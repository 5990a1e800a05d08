// SPDX-License-Identifier: Apache-2.0
// Runs and records an image without an engine: `winnow run`, and `winnow verify` if there is no engine.
#pragma once

#include <string>
#include <vector>

#include "cli/cli.h"
#include "cli/trial_options.h"
#include "winnow/base/error.h"
#include "winnow/container/container.h"
#include "winnow/terminal/recorder_options.h"

namespace winnow::cli {

struct RunWords {
  std::string image, output = "profile.json", entrypoint, ready;  // an empty OUTPUT: no profile is written
  std::vector<std::string> test;          // a command beside the container; empty: the container's end is the test
  int ready_timeout = 60;                 // seconds
  double duration = 0, test_timeout = 0;  // seconds; 0: no limit
  std::string settle;                     // seconds, or "auto"
  std::string keep, source, report;       // as for `verify`: the image is a slim image, to be judged by KEEP
  bool accept_listings = false;
  ContainerOptions container;
  RecorderWords recorder;
};

// Returns the exit code.
Result<int> run_image(const RunWords& words, const Invocation& invocation);

}  // namespace winnow::cli
