// SPDX-License-Identifier: Apache-2.0
// When a container is ready to be tested, and where its ports are.
#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "winnow/test_bed.h"

namespace winnow {

// WINNOW_CONTAINER, WINNOW_ADDRESS and WINNOW_PORT_<n>, as run_test promises them.
std::vector<std::string> environment_of(const Container& container);

// Waits until the container is ready in the sense of TestBed::ready. An early end is an error with its last words.
// ENVIRONMENT is for the ready command, NOTE names it while it runs.
Result<Container> wait_ready(const Engine& engine, const std::string& id, const TestBed& bed,
                             const std::vector<std::string>& environment, const std::string& note,
                             const std::stop_token& stop);
// Waits until the container has ended; gives its exit status, or nothing when it still runs after LIMIT.
Result<std::optional<int>> wait_end(const Engine& engine, const std::string& id,
                                    std::optional<std::chrono::milliseconds> limit, const std::stop_token& stop);

}  // namespace winnow
