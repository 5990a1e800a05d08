// SPDX-License-Identifier: Apache-2.0
// Copies what an engine says about a recorded container into its run in the profile.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "winnow/engine/engine.h"
#include "winnow/profile/profile.h"

namespace winnow {

struct Described {
  std::string id, name;
  std::vector<std::string> healthcheck;
  std::vector<MountedVolume> volumes;
  // Notes that another container has VOLUME, too.
  void share(const std::string& volume);
};

Described describe(const Container& container);
void fill(Run& run, const Described& container);

// Write it for the annotation of a session, and read it again. Reading throws what nlohmann::json throws.
nlohmann::json notes_of(const Described& container);
Described described_in(const nlohmann::json& notes);

}  // namespace winnow
