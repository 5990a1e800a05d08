// SPDX-License-Identifier: Apache-2.0
// Finds the entries that a base image does not have as the slim image needs them.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "winnow/base/error.h"
#include "winnow/index/index.h"

namespace winnow {

// Returns those of ENTRIES that are missing in BASE or different there: in mode, owner, content, link target, extended
// attributes or device; times do not count. The directories above them are returned, too. If one name of a file is
// returned, all its names among ENTRIES are. ENTRIES is sorted by path and holds the parents of its entries.
// Error: BASE has another type at the same path, so a COPY would fail or go through a link. The message calls the
// images SOURCE_NAME and BASE_REFERENCE.
Result<std::vector<const Entry*>> lacking_in(const Index& base, std::span<const Entry* const> entries,
                                             const std::string& source_name, const std::string& base_reference);

}  // namespace winnow
