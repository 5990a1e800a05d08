// SPDX-License-Identifier: Apache-2.0
// Runs a probe: a test without a command.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "winnow/base/error.h"
#include "winnow/trial/test_bed.h"

namespace winnow {

// Waits until the container ID is ready, exercises it as BED.probe says, and waits until it has settled; REPORT gets
// the results. Returns the container's exit status if it ended by itself, else 0. ENVIRONMENT and NOTE are for the
// ready command. Errors: those of run_test().
Result<int> run_probe(const Engine& engine, const std::string& id, const TestBed& bed,
                      const std::vector<std::string>& environment, const std::string& note, const std::stop_token& stop,
                      TestReport& report);

}  // namespace winnow
