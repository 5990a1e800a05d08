// SPDX-License-Identifier: Apache-2.0
// A test without a command: the container is awaited, asked, left to settle.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "winnow/base/error.h"
#include "winnow/trial/test_bed.h"

namespace winnow {

// Exercises the container ID as BED.probe says; what came of it is in REPORT. The status is the container's own when it
// ended by itself, else 0. ENVIRONMENT and NOTE are for the ready command. Errors as of run_test.
Result<int> run_probe(const Engine& engine, const std::string& id, const TestBed& bed,
                      const std::vector<std::string>& environment, const std::string& note, const std::stop_token& stop,
                      TestReport& report);

}  // namespace winnow
