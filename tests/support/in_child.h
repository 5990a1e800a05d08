// SPDX-License-Identifier: Apache-2.0
// A program's work in a process of its own, as it is when a person types it.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "support/image_builder.h"
#include "winnow/base/file.h"

namespace winnow::test {

struct Ran {
  int code = -1;
  std::string out, err;
};

// Runs WORK in a child whose working directory is PLACE; it gives the exit code.
inline Ran in_child(const TemporaryDirectory& place, const std::function<int()>& work) {
  const TemporaryDirectory outputs;
  const std::string out = outputs / "out", err = outputs / "err";
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    const bool ready = ::chdir(place.path().c_str()) == 0 && std::freopen(out.c_str(), "w", stdout) != nullptr &&
                       std::freopen(err.c_str(), "w", stderr) != nullptr;
    const int code = ready ? work() : 99;
    std::fflush(nullptr);
    ::_exit(code);
  }
  int status = -1;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  Ran ran;
  ran.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  ran.out = read_file(out).value_or("");
  ran.err = read_file(err).value_or("");
  return ran;
}

// Calls RUN with "winnow WORDS" as a command line.
inline int with_words(std::vector<std::string> words, const std::function<int(int, char**)>& run) {
  words.insert(words.begin(), "winnow");
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  return run(static_cast<int>(words.size()), arguments.data());
}

}  // namespace winnow::test
