// SPDX-License-Identifier: Apache-2.0
// What winnow itself did to a container that no test was given for, for people and for programs.
#pragma once

#include <string>

#include "cli/slimming.h"

namespace winnow::cli {

// "`./test.sh`"; "a probe of the container" or "the container's own end" where there is no command.
std::string shown_test(const SlimWishes& wishes, const SlimTest& test);

// Lines on what was exercised, what was not, and which command says more. Empty: every test was the user's.
std::string exercised_text(const SlimWishes& wishes, const SlimOutcome& outcome);
// Why the source image's container failed when nobody asked for anything but its start.
std::string source_failure_text(const SlimWishes& wishes, const ProbeReport& probe);

// Ports, requests with their answers, and what was left alone.
std::string probe_markdown(const ProbeReport& probe);
std::string probe_json(const ProbeReport& probe);

}  // namespace winnow::cli
