// SPDX-License-Identifier: Apache-2.0
// Waits until a container is ready to be tested, and tells its test where it is.
#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "winnow/base/error.h"
#include "winnow/trial/test_bed.h"

namespace winnow {

// Returns WINNOW_CONTAINER, WINNOW_ADDRESS and WINNOW_PORT_<n>, as run_test() promises them.
std::vector<std::string> environment_of(const Container& container);

// Returns in words what a running container still waits for, by the ready command or its health check. "": it is ready,
// or there is neither. The ready command may take LEFT.
Result<std::string> said_to_wait_for(const Container& now, const TestBed& bed,
                                     const std::vector<std::string>& environment, const std::string& note,
                                     std::chrono::milliseconds left, const std::stop_token& stop);
// Returns the error that the container was not ready in time, because it waits for WHAT.
Error not_ready(const Engine& engine, const std::string& id, const TestBed& bed, const std::string& what);

// Waits until the container is ready as TestBed::ready says. If it ends before, that is an error that quotes the end of
// its log. ENVIRONMENT is for the ready command; the file NOTE names that command while it runs.
Result<Container> wait_ready(const Engine& engine, const std::string& id, const TestBed& bed,
                             const std::vector<std::string>& environment, const std::string& note,
                             const std::stop_token& stop);
// Waits until the container has ended; returns its exit status, or nullopt if it still runs after LIMIT.
Result<std::optional<int>> wait_end(const Engine& engine, const std::string& id,
                                    std::optional<std::chrono::milliseconds> limit, const std::stop_token& stop);

}  // namespace winnow
