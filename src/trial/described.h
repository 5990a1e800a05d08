// SPDX-License-Identifier: Apache-2.0
// What an engine says of a container that is recorded, as its run in the profile has it.
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
  // Another container has VOLUME, too.
  void share(const std::string& volume);
};

Described describe(const Container& container);
void fill(Run& run, const Described& container);

// For the notes of a session. Reading throws what nlohmann does.
nlohmann::json notes_of(const Described& container);
Described described_in(const nlohmann::json& notes);

}  // namespace winnow
