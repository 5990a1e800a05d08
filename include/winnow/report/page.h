// SPDX-License-Identifier: Apache-2.0
// Pages of tables for people, which are then written as text or as Markdown; and lists of paths made short. Pure.
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
  bool right = false;  // align to the right: numbers
  bool name = false;   // the cells are paths or other names from what the page is about
};

// One table. Texts of rows are raw and may be hostile: text_of() and markdown_of() escape them.
struct Section {
  std::string title;
  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows;
  std::string rest;     // says what is not listed; empty: all is
  bool folded = false;  // in Markdown it is shown on demand
};

// One of the things that a page is about.
struct Subject {
  std::string name;
  std::string reference;  // of its image; not shown if empty or equal to NAME
  std::string id;         // short id of its image; not shown if empty
};

struct Page {
  std::string title;  // "winnow diff"
  std::string kind;   // "keep", "profiles", ...
  Subject before, after;
  std::string headline;              // one line, without names
  std::vector<std::string> remarks;  // raw, as texts of rows
  std::vector<Section> sections;
  std::string all;  // which commands list everything: "`winnow diff --all` and `--json`"
};

// Writes PAGE for terminals: in columns, and without control characters from names.
std::string text_of(const Page& page);
// Writes PAGE as Markdown for the comment of a pull request: at most kMaxComment bytes, whatever the page holds. Texts
// of the page cannot become markup.
inline constexpr std::size_t kMaxComment = 60'000;
std::string markdown_of(const Page& page);

// A line for one path, or for a directory that stands for several paths below it.
struct PathLine {
  std::size_t first = 0, last = 0;  // the line stands for the paths [first, last)
  std::string name;                 // the path; of a directory with a slash at the end
  [[nodiscard]] bool is_directory() const { return last - first > 1; }
};
// Returns at most MOST lines that stand for all PATHS, which are sorted and all different; if MOST is 0, a line for
// each path. The directories with the most paths are opened first, as long as there is room for what is in them.
std::vector<PathLine> fold_paths(std::span<const std::string_view> paths, std::size_t most);

// "+1.0 MB", "-12 kB", "0 B".
std::string signed_bytes(std::uint64_t before, std::uint64_t after);
// "1 entry", "12 entries"; ONE and MANY are the whole words.
std::string count_of(std::uint64_t count, std::string_view one, std::string_view many);

}  // namespace winnow
