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

// What may not be there at all. A set of them is an or of bits.
enum class FailOn : std::uint8_t {
  kAdded = 1 << 0,
  kRemoved = 1 << 1,
  kChanged = 1 << 2,
  kConfig = 1 << 3,     // the image's config
  kSetuid = 1 << 4,     // a program got setuid, setgid or capabilities
  kAttention = 1 << 5,  // anything that a reviewer should not overlook; setuid is among it
  kAny = 1 << 6,        // any difference
};
std::optional<FailOn> fail_on_from_name(std::string_view name);  // "added", "removed", ...

struct DiffLimits {
  std::optional<std::uint64_t> max_added_bytes;  // by how much the bytes may grow
  std::optional<std::uint64_t> max_added;        // entries, or paths of profiles
  std::optional<double> max_growth;              // of the bytes, in percent
  std::uint8_t fail_on = 0;
};
// A limit that is crossed.
struct Crossing {
  std::string limit;  // as the user said it: "--max-added 10"
  std::string what;   // "14 entries were added"
};
std::vector<Crossing> crossings(const TreeDiff& diff, const DiffLimits& limits);
// Errors, of usage: a limit that means nothing for profiles.
Result<std::vector<Crossing>> crossings(const ProfileDiff& diff, const DiffLimits& limits);

// For terminals. ALL lists everything; otherwise what is much is told by directory.
std::string diff_text(const TreeDiff& diff, std::span<const Crossing> crossed, bool all);
std::string diff_text(const ProfileDiff& diff, std::span<const Crossing> crossed, bool all);
// For the comment of a pull request: at most kMaxComment bytes whatever is compared, and nothing in it is markup.
std::string diff_markdown(const TreeDiff& diff, std::span<const Crossing> crossed);
std::string diff_markdown(const ProfileDiff& diff, std::span<const Crossing> crossed);
// "winnow.diff/1": complete, paths escaped (escape_path).
std::string diff_json(const TreeDiff& diff, std::span<const Crossing> crossed);
std::string diff_json(const ProfileDiff& diff, std::span<const Crossing> crossed);

}  // namespace winnow
