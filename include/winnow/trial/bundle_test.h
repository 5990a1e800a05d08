// SPDX-License-Identifier: Apache-2.0
// Tests an image without an engine: starts its container, runs a command beside it, and stops it.
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
  std::vector<std::string> command;  // runs beside the container; empty: the test is whether the container ends well
  std::string ready;                 // shell command that succeeds when the container can be tested; empty: at once
  std::chrono::seconds ready_timeout{60};
  std::optional<std::chrono::milliseconds> test_timeout;  // a command that takes longer is ended
  bool to_stderr = false;                                 // stdout of the container and the command goes to stderr
  std::string note;                                       // file that names the child while it runs (Home::child)
  std::function<void(const std::string&)> on_note = [](const std::string&) {};  // sentences that a person should know
};

// What is known of a test besides its exit status.
struct BundleReport {
  bool started = false;    // the container was started
  bool asked = false;      // the container was asked to stop, as it was meant to be
  bool timed_out = false;  // the command took too long
};

// Runs TEST. Returns the exit status of the command; without a command, of the container. Errors: the container could
// not be started, or was not ready in time.
Result<int> run_bundle_test(Bundle& bundle, const BundleTest& test, const std::stop_token& stop, BundleReport& report);

}  // namespace winnow
