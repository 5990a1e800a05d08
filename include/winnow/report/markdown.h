// SPDX-License-Identifier: Apache-2.0
// Text that may be hostile, for a page of Markdown. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace winnow {

// RAW as words between other words or in the cell of a table: printable, and nothing in it is structure. Bytes with a
// meaning become character references, which are never markup (CommonMark 0.31, 2.5). Cut after LIMIT bytes of text,
// between characters.
std::string markdown_cell(std::string_view raw, std::size_t limit = 300);
// The same of SHOWN, which is printable already: a word of a shell command stays one that can be pasted.
std::string markdown_words(std::string_view shown, std::size_t limit = 300);

// PAGE, with each heading LEVELS lower: a page within another one.
std::string markdown_below(std::string_view page, std::size_t levels);

}  // namespace winnow
