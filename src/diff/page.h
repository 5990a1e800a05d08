// SPDX-License-Identifier: Apache-2.0
// A difference as a page.
#pragma once

#include <cstddef>
#include <span>

#include "winnow/diff/diff_output.h"
#include "winnow/report/page.h"

namespace winnow {

// MOST: rows of a section, roughly; 0 for all there is.
Page page_of(const TreeDiff& diff, std::span<const Crossing> crossed, std::size_t most);
Page page_of(const ProfileDiff& diff, std::span<const Crossing> crossed, std::size_t most);

// What every page of a difference begins with: the two sides, and how everything is listed.
Page begin_page(std::string kind, const DiffSide& a, const DiffSide& b);
// "over the limit: ...", first of all remarks.
void tell_crossings(std::span<const Crossing> crossed, Page& page);

}  // namespace winnow
