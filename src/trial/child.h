// SPDX-License-Identifier: Apache-2.0
// A child's note on disk: which process it is, so that it can be ended when the one that waits for it was killed.
#pragma once

#include <sys/types.h>

#include <string>

#include "winnow/base/error.h"

namespace winnow {

// Writes which process CHILD is: its number, and when it started, since numbers come again.
Result<void> note_child(const std::string& file, pid_t child);
// Ends the process that FILE names, with its group, if it is still that process: SIGTERM, ten seconds later SIGKILL.
// True when there was one. FILE is removed.
bool end_noted_child(const std::string& file);

// What a program said, for a message: each line printable, on a line of its own, indented.
std::string shown_lines(const std::string& text);

}  // namespace winnow
