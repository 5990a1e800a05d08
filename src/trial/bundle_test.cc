// SPDX-License-Identifier: Apache-2.0
// Starts a container without an engine, waits until it is ready, runs a command beside it and stops it.
#include "winnow/trial/bundle_test.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/trial/trial.h"

namespace winnow {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kReadyPause = 100ms;  // between two ends of a ready command

// Asks the ready command until it succeeds.
Result<void> await_ready(const Bundle& bundle, const BundleTest& test, const std::vector<std::string>& environment,
                         const std::stop_token& stop) {
  const auto deadline = Clock::now() + test.ready_timeout;
  while (!test.ready.empty()) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    TRY(const auto status, run_command({"sh", "-c", "exec >/dev/null 2>&1\n" + test.ready}, environment, stop,
                                       {.limit = std::max(left, 1ms), .note = test.note}));
    if (status == 0) break;
    if (const auto ended = bundle.status())
      return fail(fmt::format("the container ended with status {} before it was ready", *ended));
    if (stop.stop_requested()) return fail("interrupted");
    if (Clock::now() > deadline)
      return fail(fmt::format("the container was not ready after {} s", test.ready_timeout.count()), Advice::kNotReady);
    std::this_thread::sleep_for(kReadyPause);
  }
  return {};
}

Result<int> run_beside(Bundle& bundle, const BundleTest& test, const std::stop_token& stop, BundleReport& report) {
  const std::vector<std::string> environment = {"WINNOW_IMAGE=" + test.image, "WINNOW_CONTAINER=" + bundle.id()};
  TRY_DO(await_ready(bundle, test, environment, stop));
  auto status = run_command(test.command, environment, stop,
                            {.output = test.to_stderr ? Output::kToStderr : Output::kInherited,
                             .limit = test.test_timeout,
                             .timed_out = &report.timed_out,
                             .note = test.note});
  if (const auto ended = bundle.status())
    test.on_note(fmt::format("the container ended by itself, with status {}", *ended));
  TRY_DO(bundle.stop());
  return status;
}

}  // namespace

Result<int> run_bundle_test(Bundle& bundle, const BundleTest& test, const std::stop_token& stop, BundleReport& report) {
  // A command has the standard input for itself.
  Fd nothing;
  Streams streams;
  if (test.to_stderr) streams.out = STDERR_FILENO;
  if (!test.command.empty()) {
    TRY(auto opened, open_file("/dev/null", O_RDONLY));
    nothing = std::move(opened);
    streams.in = nothing.get();
  }
  const std::size_t known = bundle.notes().size();
  TRY_DO(bundle.start(streams));
  report.started = true;
  for (std::size_t at = known; at < bundle.notes().size(); ++at) test.on_note(bundle.notes()[at]);
  auto status = test.command.empty() ? bundle.wait(stop) : run_beside(bundle, test, stop, report);
  report.asked = stop.stop_requested();
  return status;
}

}  // namespace winnow
