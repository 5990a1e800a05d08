// SPDX-License-Identifier: Apache-2.0
// Writes the lines of `winnow --json explain`.
#pragma once

#include <string>
#include <string_view>

#include "winnow/plan/plan.h"

namespace winnow {

// The line for a kept entry, and for an entry that winnow adds.
std::string kept_json(const KeptEntry& kept);
std::string addition_json(const Addition& addition);
// The line for PATH, which SPEC does not keep. ENTRY is what the source image has there; null: nothing, or, if
// SOURCE_KNOWN is false, it is not known.
std::string dropped_json(const KeepSpec& spec, std::string_view path, const Entry* entry, bool source_known);

}  // namespace winnow
