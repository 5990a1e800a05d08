// SPDX-License-Identifier: Apache-2.0
// Why a path is kept, back to the program that touched it, or what would have kept it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "winnow/base/error.h"
#include "winnow/index/index.h"
#include "winnow/plan/plan.h"

namespace winnow {

// Returns the source image, which alone knows what was dropped. It is called only if the keep spec does not have the
// answer, and once; the text says then what cannot be known, and the error.
using AskSource = std::function<Result<const Index*>()>;

enum class ExplainAs : std::uint8_t { kText, kJson };

struct Explanation {
  std::string text;   // lines for people, or with kJson an object a line for each entry
  bool kept = false;  // PATH is, or something that matches it
};

// PATH is one of the image, through the links that are kept, or a glob of whole paths.
Explanation explain(const KeepSpec& spec, const std::string& path, const AskSource& source, ExplainAs how);

}  // namespace winnow
