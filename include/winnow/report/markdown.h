// SPDX-License-Identifier: Apache-2.0
// Makes text that may be hostile safe for a page of Markdown. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace winnow {

// Returns RAW for a place between other words or in the cell of a table: printable, and without markup. Bytes that
// could be markup become character references, which never are (CommonMark 0.31, 2.5). If the printable text is longer
// than LIMIT bytes, it is cut between characters and ends with "...".
std::string markdown_cell(std::string_view raw, std::size_t limit = 300);
// The same for SHOWN, which is printable already: a shell command in it can still be pasted.
std::string markdown_words(std::string_view shown, std::size_t limit = 300);

// Returns PAGE with each heading LEVELS levels lower, for a page within another one.
std::string markdown_below(std::string_view page, std::size_t levels);

}  // namespace winnow
