// SPDX-License-Identifier: Apache-2.0
// The limits of CI: which of them a difference crosses.
#include <fmt/format.h>

#include <algorithm>

#include "winnow/base/error.h"
#include "winnow/base/text.h"
#include "winnow/diff/diff_output.h"

namespace winnow {
namespace {

constexpr std::pair<FailOn, std::string_view> kFailOn[] = {
    {FailOn::kAdded, "added"},   {FailOn::kRemoved, "removed"}, {FailOn::kChanged, "changed"},
    {FailOn::kConfig, "config"}, {FailOn::kSetuid, "setuid"},   {FailOn::kAttention, "attention"},
    {FailOn::kAny, "any"},
};

bool wants(const DiffLimits& limits, FailOn what) { return (limits.fail_on & static_cast<std::uint8_t>(what)) != 0; }

std::string counted(std::uint64_t count, std::string_view one, std::string_view many, std::string_view done) {
  return count == 1 ? fmt::format("1 {} was {}", one, done) : fmt::format("{} {} were {}", count, many, done);
}

// What both kinds of difference have: counts of something.
template <class Diff>
void hold_counts(const Diff& diff, const DiffLimits& limits, std::string_view one, std::string_view many,
                 std::vector<Crossing>& crossed) {
  const std::string added = counted(diff.added, one, many, "added");
  if (limits.max_added && diff.added > *limits.max_added)
    crossed.push_back({fmt::format("--max-added {}", *limits.max_added), added});
  if (wants(limits, FailOn::kAdded) && diff.added > 0) crossed.push_back({"--fail-on added", added});
  if (wants(limits, FailOn::kRemoved) && diff.removed > 0)
    crossed.push_back({"--fail-on removed", counted(diff.removed, one, many, "removed")});
  if (wants(limits, FailOn::kChanged) && diff.changed > 0)
    crossed.push_back({"--fail-on changed", counted(diff.changed, one, many, "changed")});
  if (wants(limits, FailOn::kAny) && !diff.identical()) crossed.push_back({"--fail-on any", "there are differences"});
}

bool is_privilege(const Attention& attention) {
  return attention.what == "setuid" || attention.what == "setgid" || attention.what == "capability";
}

// The first few, by name.
std::string named(const std::vector<const Attention*>& found) {
  constexpr std::size_t kNamed = 3;
  std::string text;
  for (std::size_t at = 0; at < std::min(kNamed, found.size()); ++at)
    text += fmt::format("{}{}{}{}", at == 0 ? "" : ", ", found[at]->what, found[at]->path.empty() ? "" : " ",
                        found[at]->path);
  if (found.size() > kNamed) text += fmt::format(" and {} more", found.size() - kNamed);
  return text;
}

void hold_bytes(const TreeDiff& diff, const DiffLimits& limits, std::vector<Crossing>& crossed) {
  if (diff.b.bytes <= diff.a.bytes) return;
  const std::uint64_t growth = diff.b.bytes - diff.a.bytes;
  if (limits.max_added_bytes && growth > *limits.max_added_bytes)
    crossed.push_back({fmt::format("--max-added-bytes {}", *limits.max_added_bytes),
                       fmt::format("it grew by {} ({} bytes)", human_bytes(growth), growth)});
  if (!limits.max_growth) return;
  const double percent = 100.0 * static_cast<double>(growth) / static_cast<double>(diff.a.bytes);
  if (diff.a.bytes == 0 || percent > *limits.max_growth)
    crossed.push_back({fmt::format("--max-growth {}", *limits.max_growth),
                       diff.a.bytes == 0 ? fmt::format("it grew from nothing to {}", human_bytes(diff.b.bytes))
                                         : fmt::format("it grew by {:.2f} %", percent)});
}

}  // namespace

std::optional<FailOn> fail_on_from_name(std::string_view name) {
  const auto found = std::ranges::find(kFailOn, name, [](const auto& one) { return one.second; });
  return found == std::end(kFailOn) ? std::nullopt : std::optional(found->first);
}

std::vector<Crossing> crossings(const TreeDiff& diff, const DiffLimits& limits) {
  std::vector<Crossing> crossed;
  hold_bytes(diff, limits, crossed);
  hold_counts(diff, limits, "entry", "entries", crossed);
  if (wants(limits, FailOn::kConfig) && !diff.config.empty())
    crossed.push_back({"--fail-on config",
                       counted(diff.config.size(), "setting of the config", "settings of the config", "changed")});
  std::vector<const Attention*> all;
  std::vector<const Attention*> privileges;
  for (const Attention& one : diff.attention) {
    all.push_back(&one);
    if (is_privilege(one)) privileges.push_back(&one);
  }
  if (wants(limits, FailOn::kSetuid) && !privileges.empty()) crossed.push_back({"--fail-on setuid", named(privileges)});
  if (wants(limits, FailOn::kAttention) && !all.empty()) crossed.push_back({"--fail-on attention", named(all)});
  return crossed;
}

Result<std::vector<Crossing>> crossings(const ProfileDiff& diff, const DiffLimits& limits) {
  const char* const senseless = limits.max_added_bytes              ? "--max-added-bytes"
                                : limits.max_growth                 ? "--max-growth"
                                : wants(limits, FailOn::kConfig)    ? "--fail-on config"
                                : wants(limits, FailOn::kSetuid)    ? "--fail-on setuid"
                                : wants(limits, FailOn::kAttention) ? "--fail-on attention"
                                                                    : nullptr;
  if (senseless != nullptr)
    return std::unexpected(
        Error::usage(std::string(senseless) + " says nothing about profiles, which know no sizes or modes",
                     "compare keep specs or images, or use --max-added or --fail-on added,removed,changed,any"));
  std::vector<Crossing> crossed;
  hold_counts(diff, limits, "path", "paths", crossed);
  return crossed;
}

}  // namespace winnow
