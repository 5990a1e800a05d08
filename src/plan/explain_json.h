// SPDX-License-Identifier: Apache-2.0
// The lines of `winnow --json explain`.
#pragma once

#include <string>
#include <string_view>

#include "winnow/plan/plan.h"

namespace winnow {

// An entry of the image, or one that winnow wrote.
std::string kept_json(const KeptEntry& kept);
std::string addition_json(const Addition& addition);
// PATH, which SPEC does not keep; ENTRY is what the source image has there, or null. Without SOURCE_KNOWN nobody knows.
std::string dropped_json(const KeepSpec& spec, std::string_view path, const Entry* entry, bool source_known);

}  // namespace winnow
