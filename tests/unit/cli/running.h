// SPDX-License-Identifier: Apache-2.0
// Command lines of winnow, each run in a process of its own.
#pragma once

#include <stdlib.h>

#include <string>
#include <utility>
#include <vector>

#include "cli/cli.h"
#include "support/in_child.h"

namespace winnow::cli {

using winnow::test::in_child;
using winnow::test::Ran;
using winnow::test::TemporaryDirectory;

// "winnow WORDS". No engine is in reach.
inline Ran winnow_with(std::vector<std::string> words, const TemporaryDirectory& place = TemporaryDirectory()) {
  return in_child(place, [&] {
    ::setenv("DOCKER_HOST", "unix:///nonexistent/winnow.sock", 1);
    return winnow::test::with_words(std::move(words), run);
  });
}

}  // namespace winnow::cli
