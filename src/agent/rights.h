// SPDX-License-Identifier: Apache-2.0
// What the agent needs of its pod or service, checked one by one.
#pragma once

#include <string>
#include <vector>

#include "winnow/image/runtime_store.h"

namespace winnow {

struct MissingRight {
  std::string what;     // "CAP_SYS_PTRACE is missing: running containers ..."
  bool needed = false;  // without it nothing can be recorded
};
// Returns one line for each right that is missing. STATE is the directory that is kept on the node's disk.
std::vector<MissingRight> missing_rights(const std::vector<RuntimeStore>& runtimes, const std::string& state);

}  // namespace winnow
