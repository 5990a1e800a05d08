// SPDX-License-Identifier: Apache-2.0
// The options of the recorder, for all commands that record.
#pragma once

#include <string>

#include "winnow/record/record.h"

namespace CLI {
class App;
}

namespace winnow::cli {

struct RecorderWords {
  std::string backend = "auto";
  bool syscalls = false, no_syscalls = false;
  RecorderOptions recorder;  // the other options
};
void add_recorder_options(CLI::App& command, RecorderWords& words);
RecorderOptions recorder_options(const RecorderWords& words);

}  // namespace winnow::cli
