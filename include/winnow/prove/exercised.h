// SPDX-License-Identifier: Apache-2.0
// Describes, for people and for programs, how winnow exercised a container for which the user gave no test.
#pragma once

#include <string>
#include <vector>

#include "winnow/trial/probe.h"

namespace winnow {

// One line: "exercised: its start, 11 requests on port 80 over HTTP (9 x 200, 2 x 404), until nothing new came for 3
// s".
std::string exercised_words(const ProbeReport& probe);
// What was not exercised, a line for each reason: "POST /orders, POST /login and 3 more (only GET is asked)".
std::vector<std::string> left_alone(const ProbeReport& probe);

// A section about ports, requests with their answers, and what was left alone; the same as a JSON object.
std::string probe_markdown(const ProbeReport& probe);
std::string probe_json(const ProbeReport& probe);

}  // namespace winnow
