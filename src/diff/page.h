// SPDX-License-Identifier: Apache-2.0
// Puts a difference on a page that people read.
#pragma once

#include <cstddef>
#include <span>

#include "winnow/diff/diff_output.h"
#include "winnow/report/page.h"

namespace winnow {

// MOST is about how many rows a section may have; 0: all rows.
Page page_of(const TreeDiff& diff, std::span<const Crossing> crossed, std::size_t most);
Page page_of(const ProfileDiff& diff, std::span<const Crossing> crossed, std::size_t most);

// Returns a page with what all pages of a difference have: the two sides, and how to list everything.
Page begin_page(std::string kind, const DiffSide& a, const DiffSide& b);
// Adds a remark "over the limit: ..." for each of CROSSED. It is called before any other remark is added.
void tell_crossings(std::span<const Crossing> crossed, Page& page);

}  // namespace winnow
