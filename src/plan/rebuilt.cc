// SPDX-License-Identifier: Apache-2.0
// Names count, not entries: where libx.so.1 leads to libx.so.1.3 now, nothing is missing.
#include "plan/rebuilt.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "winnow/base/error.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

constexpr std::size_t kFirst = 5;  // paths in a sentence

bool differs(const Entry& before, const Entry& now) {
  if (before.type != now.type) return true;
  return before.type == EntryType::kFile ? before.sha256 != now.sha256 : before.link_target != now.link_target;
}

void count(std::uint64_t& number, std::vector<std::string>& told, const std::string& path) {
  if (++number <= kMaxRebuiltTold) told.push_back(path);
}

std::string first_of(std::uint64_t number, std::span<const std::string> paths) {
  const auto first = paths.first(std::min(paths.size(), kFirst));
  return fmt::format("{}{}", fmt::join(first, ", "), number > first.size() ? ", ..." : "");
}

}  // namespace

Result<std::optional<Rebuilt>> compare_builds(const AccessProfile& profile, std::span<const Attribution> accesses,
                                              const Index& index, const PlanOptions& options) {
  if (options.recorded == nullptr) return std::nullopt;
  const Index& recorded = *options.recorded;
  Rebuilt rebuilt{.recorded = recorded.id};
  const auto before = attribute(profile, recorded);
  std::set<std::string_view> seen;
  for (std::size_t at = 0; at < before.size(); ++at) {
    const std::string& path = before[at].access->path;
    if (before[at].label != Label::kEntry || !seen.insert(path).second) continue;
    ++rebuilt.paths;
    if (accesses[at].label != Label::kEntry)
      count(rebuilt.missing, rebuilt.missing_paths, path);
    else if (differs(recorded.entries[*before[at].entry], index.entries[*accesses[at].entry]))
      count(rebuilt.changed, rebuilt.changed_paths, path);
  }
  if (rebuilt.paths == 0)
    return fail("no recorded path is in the image that --rebuilt names", "name the image that was recorded");
  if (rebuilt.missing * 100 > rebuilt.paths * options.most_missing)
    return fail(fmt::format("{} of {} recorded paths are not in this build: {}", rebuilt.missing, rebuilt.paths,
                            printable(first_of(rebuilt.missing, rebuilt.missing_paths))),
                fmt::format("record this build, or accept that with --rebuilt-missing {}",
                            (rebuilt.missing * 100 + rebuilt.paths - 1) / rebuilt.paths));
  return rebuilt;
}

std::string in_words(const Rebuilt& rebuilt) {
  std::string text =
      fmt::format("the profile was recorded from another build ({}): of {} recorded paths {} are not in this one",
                  rebuilt.recorded.str(), rebuilt.paths, rebuilt.missing);
  if (rebuilt.missing > 0) text += " (" + first_of(rebuilt.missing, rebuilt.missing_paths) + ")";
  text += fmt::format(", {} have another type or content", rebuilt.changed);
  if (rebuilt.changed > 0) text += " (" + first_of(rebuilt.changed, rebuilt.changed_paths) + ")";
  return text;
}

}  // namespace winnow
