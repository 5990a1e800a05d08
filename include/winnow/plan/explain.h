// SPDX-License-Identifier: Apache-2.0
// Explains why a path is kept, back to the program that touched it, or what would have kept it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "winnow/base/error.h"
#include "winnow/index/index.h"
#include "winnow/plan/plan.h"

namespace winnow {

// Returns the source image, since a keep spec does not list what was dropped. It is called at most once, and only if
// the keep spec does not have the whole answer; it must not be empty. If it fails, the text for people says so; JSON
// has "in_image": null, and for a glob only the entries that are kept.
using AskSource = std::function<Result<const Index*>()>;

enum class ExplainAs : std::uint8_t { kText, kJson };

struct Explanation {
  std::string text;   // lines for people; with kJson one line of JSON for each entry
  bool kept = false;  // whether PATH is kept or, if it is a glob, an entry that it matches
};

// PATH is a path of the image, where kept links on the way are followed, or a glob for whole paths.
Explanation explain(const KeepSpec& spec, const std::string& path, const AskSource& source, ExplainAs how);

}  // namespace winnow
