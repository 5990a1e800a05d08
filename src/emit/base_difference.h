// SPDX-License-Identifier: Apache-2.0
// What an image lacks of what another one needs.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "winnow/base/error.h"
#include "winnow/index/index.h"

namespace winnow {

// Which of ENTRIES (sorted by path, parents among them) BASE has not, or has otherwise: type, mode, owner, content,
// link target, extended attributes, device. Directories above those are among them. Names of one file go together.
// Times do not count. Errors: an entry would have to take the place of another type, so that a COPY would go through a
// link or fail; SOURCE_NAME and BASE_NAME say whose is whose.
Result<std::vector<const Entry*>> lacking_in(const Index& base, std::span<const Entry* const> entries,
                                             const std::string& source_name, const std::string& base_reference);

}  // namespace winnow
