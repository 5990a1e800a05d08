// SPDX-License-Identifier: Apache-2.0
// The guard: stays with a running container of a slim image and tells what it looks up in vain, as it happens.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "cli/cli.h"
#include "winnow/base/error.h"

namespace winnow::cli {

struct GuardWords {
  std::string container, keep, source;
  std::optional<std::chrono::milliseconds> duration;
  std::size_t max_paths = std::size_t{1} << 16;  // held at once; when they are three quarters, it begins anew
  bool ignore_exec = false;
};

Result<int> guard(const GuardWords& words, const Invocation& invocation);

}  // namespace winnow::cli
