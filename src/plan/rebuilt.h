// SPDX-License-Identifier: Apache-2.0
// Compares two builds of an image, if one was recorded and the other is planned.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "winnow/base/error.h"
#include "winnow/plan/plan.h"

namespace winnow {

// Compares where the paths of PROFILE lead in OPTIONS.recorded and where they lead in INDEX, which ACCESSES say.
// nullopt: there is no OPTIONS.recorded. Errors: no path is in the recorded image; more per cent of them are missing in
// INDEX than OPTIONS.most_missing.
Result<std::optional<Rebuilt>> compare_builds(const AccessProfile& profile, std::span<const Attribution> accesses,
                                              const Index& index, const PlanOptions& options);
// Returns one sentence, with the first paths that are missing and changed.
std::string in_words(const Rebuilt& rebuilt);

}  // namespace winnow
