// SPDX-License-Identifier: Apache-2.0
// Comparing kept entries with a base image.
#include "emit/base_difference.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <ranges>
#include <unordered_set>

#include "winnow/base/error.h"
#include "winnow/base/path.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

std::string described(const Entry& entry) {
  std::string text = fmt::format("a {}", to_string(entry.type));
  if (entry.type == EntryType::kSymlink) text += " to " + printable(entry.link_target);
  return text;
}

bool same(const Entry& one, const Entry& other) {
  return one.mode == other.mode && one.uid == other.uid && one.gid == other.gid && one.sha256 == other.sha256 &&
         one.link_target == other.link_target && one.xattrs == other.xattrs && one.dev_major == other.dev_major &&
         one.dev_minor == other.dev_minor;
}

// For each hard-link group of ENTRIES whether BASE has all of its names, equal, as names of one file.
std::map<std::uint32_t, bool> groups_in(const Index& base, std::span<const Entry* const> entries) {
  std::map<std::uint32_t, bool> whole;
  std::map<std::uint32_t, std::uint32_t> counterparts;
  for (const Entry* entry : entries) {
    if (entry->link_group == 0) continue;
    const auto found = base.find(entry->path);
    const std::uint32_t group = found ? base.entries[*found].link_group : 0;
    const auto [counterpart, first] = counterparts.try_emplace(entry->link_group, group);
    bool& all = whole.try_emplace(entry->link_group, true).first->second;
    // A group of which one name is kept may well be a file with one name in the base.
    all = all && found && same(*entry, base.entries[*found]) && (first || (group != 0 && counterpart->second == group));
  }
  return whole;
}

}  // namespace

Result<std::vector<const Entry*>> lacking_in(const Index& base, std::span<const Entry* const> entries,
                                             const std::string& source_name, const std::string& base_reference) {
  const auto groups = groups_in(base, entries);
  std::unordered_set<std::string_view> needed;
  std::vector<const Entry*> lacking;
  for (const Entry* entry : entries | std::views::reverse) {
    const auto found = base.find(entry->path);
    if (found && base.entries[*found].type != entry->type)
      return fail(fmt::format("{} is {} in {} and {} in {}: nothing can be copied there", printable(entry->path),
                              described(*entry), source_name, described(base.entries[*found]), base_reference),
                  "choose a base that is laid out like the source, or --style scratch");
    const bool whole = entry->link_group == 0 || groups.at(entry->link_group);
    if (found && whole && same(*entry, base.entries[*found]) && !needed.contains(entry->path)) continue;
    lacking.push_back(entry);
    if (entry->path != "/") needed.insert(parent_of(entry->path));
  }
  std::ranges::reverse(lacking);
  return lacking;
}

}  // namespace winnow
