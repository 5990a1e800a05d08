// SPDX-License-Identifier: Apache-2.0
// How a test gets the container that it tests: started for it, by compose, or by the test itself.
#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "winnow/base/error.h"
#include "winnow/engine/engine.h"
#include "winnow/trial/home.h"
#include "winnow/trial/probe.h"
#include "winnow/trial/trial.h"

namespace winnow {

struct TestBed {
  enum class Kind {
    kContainer,    // one container, by `docker run`
    kCompose,      // all of a compose project
    kSelfStarted,  // the test starts what it needs from $WINNOW_IMAGE
  };
  Kind kind = Kind::kContainer;
  std::vector<std::string> run_options;       // of `docker run`, before the image
  std::vector<std::string> arguments;         // after it
  std::vector<std::string> compose_files;     // as `docker compose -f` takes them, in order
  std::vector<std::string> compose_services;  // those that get the image; the first one is tested
  // Shell command that succeeds once the container is ready. Empty: its health check says so, or else one of its TCP
  // ports accepts; a container with neither is ready when it runs.
  std::string ready;
  std::chrono::seconds ready_timeout{60};
  std::optional<std::chrono::milliseconds> test_timeout;  // a test that takes longer is ended
  bool keep_output = false;                               // what the test prints goes into its report
  std::optional<ProbeWishes> probe;                       // what an empty test is; without it, the container's own end
};

// What is known of a test beside its exit status.
struct TestReport {
  std::optional<std::chrono::milliseconds> ready_after;  // since the container started
  std::chrono::milliseconds took{0};                     // the test, or all of a probe
  bool timed_out = false;                                // it took too long
  std::optional<ProbeReport> probe;                      // if the test is a probe
  std::optional<Printed> printed;                        // by the test, or by the container whose end is the test
  std::string start_failure;  // why no container was ready, with the engine's or the container's words; empty: one was
};

// Runs TEST, a shell command, with a container of IMAGE, which is ended and removed after it. Its environment has
// WINNOW_IMAGE and, unless TEST starts the container, WINNOW_CONTAINER, WINNOW_ADDRESS, and WINNOW_PORT_<n> for each
// TCP port n of the container: the port to ask at that address. An empty TEST is BED.probe, or waits for the
// container's own end. `docker run` pulls nothing. Returns the exit status, 128 + n for signal n; only REPORT says if
// the test took too long. Errors: no container was ready (REPORT says so, too), or it is gone.
Result<int> run_test(const Engine& engine, const Home& home, const TestBed& bed, const std::string& image,
                     const std::string& test, const std::stop_token& stop, TestReport& report);

struct ComposeImage {
  std::string image;                  // as it stands in the project
  std::vector<std::string> services;  // all that are made from it, under whatever name, sorted
};
// The image of BED.compose_services[0]; makes containers, starts none.
Result<ComposeImage> compose_image(const Engine& engine, const Home& home, const TestBed& bed);

}  // namespace winnow
