// SPDX-License-Identifier: Apache-2.0
// Text that may be hostile, for a page of Markdown.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace winnow {

// TEXT as words between other words or in the cell of a table: printable, and nothing in it ends a cell or begins a
// span, a link or an element. Cut after LIMIT bytes.
std::string markdown_cell(std::string_view text, std::size_t limit = 300);

// PAGE, with each heading LEVELS lower: a page within another one.
std::string markdown_below(std::string_view page, std::size_t levels);

}  // namespace winnow
