// SPDX-License-Identifier: Apache-2.0
// What winnow itself did to a container that no test was given for, for people and for programs.
#pragma once

#include <string>
#include <vector>

#include "winnow/trial/probe.h"

namespace winnow {

// "exercised: its start, 11 requests on port 80 over HTTP (9 x 200, 2 x 404), until nothing new came for 3 s", a line.
std::string exercised_words(const ProbeReport& probe);
// What was not: "POST /orders, POST /login and 3 more (only GET is asked)" for each reason.
std::vector<std::string> left_alone(const ProbeReport& probe);

// Ports, requests with their answers, and what was left alone.
std::string probe_markdown(const ProbeReport& probe);
std::string probe_json(const ProbeReport& probe);

}  // namespace winnow
