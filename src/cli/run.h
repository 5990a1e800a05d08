// SPDX-License-Identifier: Apache-2.0
// An image without an engine, recorded: what `winnow run` does, and `winnow verify` where there is no engine.
#pragma once

#include <string>
#include <vector>

#include "cli/cli.h"
#include "cli/recorder_options.h"
#include "winnow/base/error.h"
#include "winnow/container/container.h"

namespace winnow::cli {

struct RunWords {
  std::string image, output = "profile.json", entrypoint, ready;  // an empty output: no profile is written
  std::vector<std::string> test;  // a command beside the container; empty: the container's own end is the test
  int ready_timeout = 60;
  double duration = 0, test_timeout = 0;  // seconds; 0: none
  std::string settle;                     // seconds, or "auto"
  std::string keep, source, report;       // the image is a slim one, and to be judged by its keep spec: as for verify
  bool accept_listings = false;
  ContainerOptions container;
  RecorderWords recorder;
};

// Gives the exit code.
Result<int> run_image(const RunWords& words, const Invocation& invocation);

}  // namespace winnow::cli
