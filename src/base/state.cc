// SPDX-License-Identifier: Apache-2.0
// Finds the directory by the environment.
#include "winnow/base/state.h"

#include <unistd.h>

#include <cstdlib>

#include "winnow/base/error.h"

namespace winnow {

std::string environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing here calls setenv
  return value != nullptr ? value : "";
}

Result<std::string> state_directory() {
  if (std::string chosen = environment("WINNOW_STATE"); !chosen.empty()) return chosen;
  if (::geteuid() == 0) return "/var/lib/winnow";  // hier(7): state that programs keep between runs
  if (const std::string state = environment("XDG_STATE_HOME"); state.starts_with('/')) return state + "/winnow";
  if (const std::string home = environment("HOME"); home.starts_with('/')) return home + "/.local/state/winnow";
  return fail("no place for what has to be remembered", "name a directory in WINNOW_STATE");
}

}  // namespace winnow
