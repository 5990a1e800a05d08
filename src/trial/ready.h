// SPDX-License-Identifier: Apache-2.0
// When a container is ready to be tested, and where its ports are.
#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "winnow/base/error.h"
#include "winnow/trial/test_bed.h"

namespace winnow {

// WINNOW_CONTAINER, WINNOW_ADDRESS and WINNOW_PORT_<n>, as run_test promises them.
std::vector<std::string> environment_of(const Container& container);

// What a container that runs waits to become, by the ready command or its health check, in words; empty: it is ready,
// or there is neither. LEFT bounds the command.
Result<std::string> said_to_wait_for(const Container& now, const TestBed& bed,
                                     const std::vector<std::string>& environment, const std::string& note,
                                     std::chrono::milliseconds left, const std::stop_token& stop);
// That it was not ready in time, since it waits for WHAT.
Error not_ready(const Engine& engine, const std::string& id, const TestBed& bed, const std::string& what);

// Waits until the container is ready in the sense of TestBed::ready. An early end is an error with its last words.
// ENVIRONMENT is for the ready command, NOTE names it while it runs.
Result<Container> wait_ready(const Engine& engine, const std::string& id, const TestBed& bed,
                             const std::vector<std::string>& environment, const std::string& note,
                             const std::stop_token& stop);
// Waits until the container has ended; gives its exit status, or nothing when it still runs after LIMIT.
Result<std::optional<int>> wait_end(const Engine& engine, const std::string& id,
                                    std::optional<std::chrono::milliseconds> limit, const std::stop_token& stop);

}  // namespace winnow
