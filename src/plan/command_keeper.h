// SPDX-License-Identifier: Apache-2.0
// Keeps what a command needs before it can run, whether or not it was seen to: for the rules "config" and
// "orchestrator".
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "plan/decisions.h"

namespace winnow {

// WHAT says whose command it is: the `from` of its reasons. What it needs beyond the program itself, as an interpreter
// and libraries, other rules find.
struct CommandKeeper {
  Decisions& plan;
  std::string_view rule;
  std::string_view workdir;

  // A command as exec takes it: its program, what a shell among its words runs, and its words that are paths. Warns if
  // the image has no such program, and if no shell is left for a line.
  void command(std::span<const std::string> words, std::string_view what) const;
  // The same of words behind an entrypoint: the first often names a program all the same, but need not.
  void arguments(std::span<const std::string> words, std::string_view what) const;
  // A shell that has a line to run.
  void shell(std::string_view program, std::string_view what) const;
  // Programs and paths in a line for a shell.
  void line(std::string_view text, std::string_view what) const;
  void path(std::string_view path, std::string_view what) const;

 private:
  std::optional<EntryId> program(std::string_view name, std::string_view what) const;
  void word(std::string_view word, std::string_view what) const;
};

}  // namespace winnow
