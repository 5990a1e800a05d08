// SPDX-License-Identifier: Apache-2.0
// Rule: a directory whose names the workload read keeps its names, the smallest first, as far as that costs little:
// what lists plug-ins, pages or configuration snippets acts on names that it never opens.
#include "winnow/plan/listed.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "plan/listing.h"

namespace winnow {
namespace {

// Groups of hard links of which a name is kept: their content is there.
std::set<std::uint32_t> kept_groups(const Decisions& plan) {
  std::set<std::uint32_t> groups;
  for (EntryId id = 0; id < plan.index().entries.size(); ++id)
    if (const auto group = plan.entry(id).link_group; group != 0 && plan.kept(id)) groups.insert(group);
  return groups;
}

// The names in DIRECTORY that are not kept, those that cost least first.
std::vector<EntryId> names_by_size(Decisions& plan, const std::string& directory) {
  std::vector<EntryId> names;
  plan.each_child(directory, [&](EntryId id) {
    if (!plan.kept(id)) names.push_back(id);
  });
  std::ranges::stable_sort(names, {}, [&](EntryId id) { return plan.entry(id).size; });
  return names;
}

}  // namespace

std::vector<Listing> listings(Decisions& plan) {
  std::vector<Listing> all;
  for (const ListedDirectory& found : listed_directories(plan.accesses(), plan.index())) {
    // Of an application's own directory its program may want the names, too, and they cost little.
    if (found.is_search && found.in_library) continue;
    Listing listing{found.directory, found.access, found.programs.front(), 0, 0};
    plan.each_child(plan.entry(listing.directory).path, [&](EntryId id) {
      if (plan.kept(id)) return;
      ++listing.entries;
      listing.bytes += plan.entry(id).size;
    });
    all.push_back(listing);
  }
  return all;
}

void seed_listed(Decisions& plan, std::string_view rule) {
  std::set<std::uint32_t> groups = kept_groups(plan);
  for (const Listing& listing : listings(plan)) {
    const std::string& path = plan.entry(listing.directory).path;
    const std::string when = listing.access->kinds.has(Kind::kWanted)
                                 ? "on a slim image"
                                 : fmt::format("at {} ms", listing.access->first_ms);
    const Reason why{std::string(rule), std::string(listing.by), fmt::format("{} was listed {}", path, when)};
    std::uint64_t added = 0;
    for (const EntryId id : names_by_size(plan, path)) {
      const Entry& entry = plan.entry(id);
      const bool is_there = entry.link_group != 0 && groups.contains(entry.link_group);
      if (!is_there && added + entry.size > kMaxListed) continue;
      plan.keep(id, why);
      if (is_there || !plan.kept(id)) continue;
      added += entry.size;
      if (entry.link_group != 0) groups.insert(entry.link_group);
    }
  }
}

}  // namespace winnow
