// SPDX-License-Identifier: Apache-2.0
// Rule: a directory whose names the workload read keeps its names, where that costs little: what lists plug-ins, pages
// or configuration snippets acts on names that it never opens.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <span>

#include "plan/listing.h"

namespace winnow {
namespace {

// The programs of the container that touched it; the runtime's own are not among them.
std::vector<std::string_view> programs_of(const Access& access) {
  std::vector<std::string_view> programs = {access.by};
  programs.insert(programs.end(), access.also_by.begin(), access.also_by.end());
  std::erase_if(programs, [](std::string_view program) { return !program.starts_with('/'); });
  return programs;
}

// Python reads the names in each directory of sys.path to find modules (importlib, FileFinder); it opens what it wants.
bool looks_for_modules(Decisions& plan, std::span<const std::string_view> programs, EntryId directory) {
  const auto is_python = [](std::string_view program) { return name_of(program).starts_with("python"); };
  if (!std::ranges::all_of(programs, is_python)) return false;
  bool modules = false;
  plan.each_child(plan.entry(directory).path, [&](EntryId id) {
    const std::string_view name = name_of(plan.entry(id).path);
    modules = modules || name.ends_with(".py") || name.ends_with(".pyc") || name.ends_with(".so") ||
              name == "__pycache__" || name.ends_with("-info");
  });
  return modules;
}

}  // namespace

std::vector<Listing> listings(Decisions& plan) {
  std::vector<Listing> all;
  std::set<EntryId> seen;  // a directory can be listed under many names
  for (const Attribution& found : plan.accesses()) {
    if (found.label != Label::kEntry || !found.access->kinds.has(Kind::kList)) continue;
    const auto programs = programs_of(*found.access);
    if (programs.empty()) continue;
    Listing listing{*found.entry, found.access, 0, 0};
    if (plan.entry(listing.directory).type != EntryType::kDirectory) continue;
    if (seen.contains(listing.directory)) continue;
    if (looks_for_modules(plan, programs, listing.directory)) continue;
    seen.insert(listing.directory);
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
  for (const Listing& listing : listings(plan)) {
    if (listing.bytes > kMaxListed) continue;
    const std::string& path = plan.entry(listing.directory).path;
    const std::string why = fmt::format("{} was listed at {} ms", path, listing.access->first_ms);
    plan.each_child(path, [&](EntryId id) { plan.keep(id, {std::string(rule), listing.access->by, why}); });
  }
}

}  // namespace winnow
