// SPDX-License-Identifier: Apache-2.0
// Notes a child process on disk, so that it can be ended if the process that waits for it was killed.
#pragma once

#include <sys/types.h>

#include <string>

#include "winnow/base/error.h"

namespace winnow {

// Writes into FILE which process CHILD is: its id, and when it started, since ids are reused.
Result<void> note_child(const std::string& file, pid_t child);
// Ends the process that FILE names, if it still runs: SIGTERM, 10 s later SIGKILL, to its whole group if it leads one.
// Returns true if there was such a process. FILE is removed.
bool end_noted_child(const std::string& file);

// Returns what a program printed, for an error message: its lines printable and indented, each after a line break.
std::string shown_lines(const std::string& text);

}  // namespace winnow
