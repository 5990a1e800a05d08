// SPDX-License-Identifier: Apache-2.0
// Differences as text for terminals, Markdown for pull requests and JSON, and the limits that CI holds them to. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "winnow/base/error.h"
#include "winnow/diff/diff.h"
#include "winnow/diff/profile_diff.h"
#include "winnow/report/page.h"

namespace winnow {

// A kind of difference that is not allowed at all. A set of them is the bitwise or of their values.
enum class FailOn : std::uint8_t {
  kAdded = 1 << 0,
  kRemoved = 1 << 1,
  kChanged = 1 << 2,
  kConfig = 1 << 3,     // the image's config
  kSetuid = 1 << 4,     // a program got a setuid or setgid bit, or capabilities
  kAttention = 1 << 5,  // anything that a reviewer should not overlook, also what kSetuid means
  kAny = 1 << 6,        // any difference
};
std::optional<FailOn> fail_on_from_name(std::string_view name);  // "added", "removed", ...

struct DiffLimits {
  std::optional<std::uint64_t> max_added_bytes;  // by how many bytes B may be larger than A
  std::optional<std::uint64_t> max_added;        // how many entries (of profiles: paths of the image) may be added
  std::optional<double> max_growth;              // by how many percent of A's bytes B may be larger
  std::uint8_t fail_on = 0;                      // a set of FailOn
};
// A limit that is crossed.
struct Crossing {
  std::string limit;  // as the option of the command line: "--max-added 10"
  std::string what;   // "14 entries were added"
};
// Return the limits that DIFF crosses.
std::vector<Crossing> crossings(const TreeDiff& diff, const DiffLimits& limits);
// Error (of usage): a limit says nothing about profiles.
Result<std::vector<Crossing>> crossings(const ProfileDiff& diff, const DiffLimits& limits);

// Text for terminals. With ALL, it lists everything; else it sums long lists up by directory.
std::string diff_text(const TreeDiff& diff, std::span<const Crossing> crossed, bool all);
std::string diff_text(const ProfileDiff& diff, std::span<const Crossing> crossed, bool all);
// Markdown for the comment of a pull request: at most kMaxComment bytes, whatever is compared. Names from what was
// compared cannot become markup.
std::string diff_markdown(const TreeDiff& diff, std::span<const Crossing> crossed);
std::string diff_markdown(const ProfileDiff& diff, std::span<const Crossing> crossed);
// JSON of schema "winnow.diff/1": complete, with escaped paths (escape_path).
std::string diff_json(const TreeDiff& diff, std::span<const Crossing> crossed);
std::string diff_json(const ProfileDiff& diff, std::span<const Crossing> crossed);

}  // namespace winnow
