// SPDX-License-Identifier: Apache-2.0
// Runs a test with the container that it tests, which winnow, compose or the test itself starts.
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
    kContainer,    // winnow starts one container with `docker run`
    kCompose,      // winnow starts a whole compose project
    kSelfStarted,  // the test starts what it needs from the image $WINNOW_IMAGE
  };
  Kind kind = Kind::kContainer;
  std::vector<std::string> run_options;       // options of `docker run`, before the image
  std::vector<std::string> arguments;         // words of `docker run` after the image
  std::vector<std::string> compose_files;     // as `docker compose -f` takes them, in order
  std::vector<std::string> compose_services;  // the services that get the image; the first one is tested
  // A shell command that succeeds when the container is ready. Empty: it is ready when its health check says so;
  // without a health check, when one of its TCP ports accepts connections; without either, when it runs.
  std::string ready;
  std::chrono::seconds ready_timeout{60};
  std::optional<std::chrono::milliseconds> test_timeout;  // a test that takes longer is ended
  bool keep_output = false;                               // what the test prints goes into its report
  std::optional<ProbeWishes> probe;                       // an empty test is this probe; else, the container's end
};

// What is known of a test besides its exit status.
struct TestReport {
  std::optional<std::chrono::milliseconds> ready_after;  // from the container's start until it was ready
  std::chrono::milliseconds took{0};                     // how long the test or the whole probe took
  bool timed_out = false;                                // it took too long
  std::optional<ProbeReport> probe;                      // set if the test is a probe
  std::optional<Printed> printed;                        // by the test; if it is empty, by the container
  std::string start_failure;  // why no container was ready, with the engine's or the container's words; empty: one was
};

// Runs TEST, a shell command, with a container of IMAGE, which is stopped and removed after it. The environment of TEST
// has WINNOW_IMAGE and, unless TEST starts the container, WINNOW_CONTAINER, WINNOW_ADDRESS, and WINNOW_PORT_<n> for
// each TCP port n of the container: the port to use at that address. If TEST is empty, BED.probe is run; without one,
// the container's end is awaited. `docker run` pulls nothing. Returns the exit status, 128 + n for signal n; only
// REPORT says if the test took too long. Errors: no container was ready (REPORT says so, too), or it vanished.
Result<int> run_test(const Engine& engine, const Home& home, const TestBed& bed, const std::string& image,
                     const std::string& test, const std::stop_token& stop, TestReport& report);

struct ComposeImage {
  std::string image;                  // its name in the project
  std::vector<std::string> services;  // all services that are made from it, under whatever name, sorted
};
// Returns the image of BED.compose_services[0]. Makes the project's containers, but starts none.
Result<ComposeImage> compose_image(const Engine& engine, const Home& home, const TestBed& bed);

}  // namespace winnow
