// SPDX-License-Identifier: Apache-2.0
// What a reader is told, as tables, before it is text or Markdown; and how many paths become few lines. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace winnow {

struct Column {
  std::string_view title;
  bool right = false;  // numbers
  bool name = false;   // a path or another name from what the page is about
};

// Texts of rows are raw, and may be hostile: only the writers below escape them.
struct Section {
  std::string title;
  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows;
  std::string rest;     // what is not listed, in words; empty: nothing
  bool folded = false;  // details that a comment shows on demand
};

// One of the things that a page is about.
struct Subject {
  std::string name;
  std::string reference;  // of its image; empty, or equal to NAME: not said
  std::string id;         // short; empty: not said
};

struct Page {
  std::string title;  // "winnow diff"
  std::string kind;   // "keep", "profiles", ...
  Subject before, after;
  std::string headline;              // one line, without names
  std::vector<std::string> remarks;  // raw, too
  std::vector<Section> sections;
  std::string all;  // how everything is listed: "`winnow diff --all` and `--json`"
};

// For terminals: columns, and nothing that a terminal would act on.
std::string text_of(const Page& page);
// For the comment of a pull request: at most kMaxComment bytes whatever the page holds, and nothing in it is markup.
inline constexpr std::size_t kMaxComment = 60'000;
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
// "1 entry", "12 entries"; the plural is said in full.
std::string count_of(std::uint64_t count, std::string_view one, std::string_view many);

}  // namespace winnow
