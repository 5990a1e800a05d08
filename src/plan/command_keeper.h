// SPDX-License-Identifier: Apache-2.0
// Keeps what a command needs to start, whether or not it was recorded: for the rules "config" and "orchestrator".
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "plan/decisions.h"

namespace winnow {

// The parameter WHAT says where a command comes from; it becomes Reason::from. Other rules find what the program needs,
// such as an interpreter and libraries.
struct CommandKeeper {
  Decisions& plan;
  std::string_view rule;
  std::string_view workdir;

  // Keeps what a command, as exec takes it, names: its program, the programs and paths in a line for a shell among its
  // words, and words that are paths. Warns if the image does not have the program, or if a line has no shell left.
  void command(std::span<const std::string> words, std::string_view what) const;
  // The same for words that follow an entrypoint. The first one often names a program, but need not.
  void arguments(std::span<const std::string> words, std::string_view what) const;
  // Keeps the shell PROGRAM, which has a line to run. Warns if it is dropped or missing.
  void shell(std::string_view program, std::string_view what) const;
  // Keeps the programs and paths in a line for a shell.
  void line(std::string_view text, std::string_view what) const;
  void path(std::string_view path, std::string_view what) const;

 private:
  std::optional<EntryId> program(std::string_view name, std::string_view what) const;
  void word(std::string_view word, std::string_view what) const;
};

}  // namespace winnow
