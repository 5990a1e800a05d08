// SPDX-License-Identifier: Apache-2.0
// A difference as tables, before it is text or Markdown: what a page holds, and how many paths become few lines.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "winnow/diff/diff_output.h"

namespace winnow {

struct Column {
  std::string_view title;
  bool right = false;  // numbers
  bool name = false;   // a path or another name from what is compared
};

// Texts of rows are hostile, as they were read; whoever shows them escapes them.
struct Section {
  std::string title;
  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows;
  std::string rest;     // what is not listed, in words; empty: nothing
  bool folded = false;  // details that a comment shows on demand
};

struct Page {
  std::string kind;  // "keep", ...
  DiffSide a, b;
  std::string headline;              // one line, without names
  std::vector<std::string> remarks;  // hostile, too
  std::vector<Section> sections;
};

// MOST: rows of a section, roughly; 0 for all there is.
Page page_of(const TreeDiff& diff, std::span<const Crossing> crossed, std::size_t most);
Page page_of(const ProfileDiff& diff, std::span<const Crossing> crossed, std::size_t most);

std::string text_of(const Page& page);
std::string markdown_of(const Page& page);

// A path, or a directory that stands for all that is told of below it.
struct PathLine {
  std::size_t first = 0, last = 0;  // [first, last) of the paths
  std::string name;                 // of a directory with a slash at its end
  [[nodiscard]] bool is_directory() const { return last - first > 1; }
};
// At most MOST lines for PATHS, which are sorted and all different, unless MOST is 0: the largest directories are
// opened first, as long as there is room for what is in them.
std::vector<PathLine> fold_paths(std::span<const std::string_view> paths, std::size_t most);

// "+1.0 MB", "-12 kB", "0 B".
std::string signed_bytes(std::uint64_t before, std::uint64_t after);
// "1 entry", "12 entries"; the plural is given in full.
std::string count_of(std::uint64_t count, std::string_view one, std::string_view many);
// "over the limit: ...", first of all remarks.
void tell_crossings(std::span<const Crossing> crossed, Page& page);

}  // namespace winnow
