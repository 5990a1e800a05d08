// SPDX-License-Identifier: Apache-2.0
// The test of an image without an engine: its container is started, a command runs beside it, and it is stopped.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "winnow/base/error.h"
#include "winnow/container/container.h"

namespace winnow {

struct BundleTest {
  std::string image;                 // as it was named; the command finds it in $WINNOW_IMAGE
  std::vector<std::string> command;  // beside the container; empty: the container's own end is the test
  std::string ready;                 // shell command that succeeds once the container can be tested; empty: at once
  std::chrono::seconds ready_timeout{60};
  std::optional<std::chrono::milliseconds> test_timeout;  // a command that takes longer is ended
  bool to_stderr = false;                                 // what the container and the command print to stdout
  std::string note;                                       // file that names the child while it runs (Home::child)
  std::function<void(const std::string&)> on_note = [](const std::string&) {};  // sentences that a person should know
};

// What became of it beside the exit status.
struct BundleReport {
  bool started = false;
  bool asked = false;      // to stop, as it was wanted
  bool timed_out = false;  // the command took too long
};

// Runs it. Returns the exit status of the command, or of the container if there is none. Errors: the container could
// not be started, or was not ready.
Result<int> run_bundle_test(Bundle& bundle, const BundleTest& test, const std::stop_token& stop, BundleReport& report);

}  // namespace winnow
