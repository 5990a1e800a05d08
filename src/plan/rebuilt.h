// SPDX-License-Identifier: Apache-2.0
// A profile of one build of an image, planned on another: what of it the other build has.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "winnow/base/error.h"
#include "winnow/plan/plan.h"

namespace winnow {

// Compares where PROFILE's names lead in OPTIONS.recorded with where they lead in INDEX: ACCESSES. Nothing where the
// recorded image is not given. Errors: more of them are missing than OPTIONS.most_missing.
Result<std::optional<Rebuilt>> compare_builds(const AccessProfile& profile, std::span<const Attribution> accesses,
                                              const Index& index, const PlanOptions& options);
// One sentence, with the first paths of each kind.
std::string in_words(const Rebuilt& rebuilt);

}  // namespace winnow
