// SPDX-License-Identifier: Apache-2.0
// Rule: a directory that the workload could not remove or replace, because something was in it, keeps an entry: the
// smallest that the workload left alone. An empty one would be gone.
#include <fmt/format.h>

#include <optional>
#include <set>
#include <tuple>

#include "plan/decisions.h"

namespace winnow {
namespace {

// What the workload may have removed or moved away itself.
std::set<EntryId> changed(const Decisions& plan) {
  std::set<EntryId> all;
  for (const Attribution& found : plan.accesses())
    if (found.label == Label::kEntry && found.access->kinds.has(Kind::kDir)) all.insert(*found.entry);
  return all;
}

// The child of DIRECTORY that costs least, its name alone; nothing when one is kept already.
std::optional<EntryId> smallest_child(Decisions& plan, EntryId directory, const std::set<EntryId>& but) {
  std::optional<EntryId> smallest;
  bool kept = false;
  const auto cost = [&](EntryId id) { return std::tuple(plan.entry(id).size, plan.entry(id).facts != nullptr, id); };
  plan.each_child(plan.entry(directory).path, [&](EntryId id) {
    if (but.contains(id) || plan.drops(plan.entry(id).path)) return;
    kept = kept || plan.kept(id);
    if (!smallest || cost(id) < cost(*smallest)) smallest = id;
  });
  return kept ? std::nullopt : smallest;
}

}  // namespace

void seed_not_empty(Decisions& plan, std::string_view rule) {
  const std::set<EntryId> touched = changed(plan);
  for (const Attribution& found : plan.accesses()) {
    if (found.label != Label::kEntry || !found.access->kinds.has(Kind::kNotEmpty)) continue;
    if (const auto child = smallest_child(plan, *found.entry, touched))
      plan.keep(*child, {std::string(rule), found.access->by,
                         fmt::format("{} was not empty at {} ms", found.access->path, found.access->first_ms)});
  }
}

}  // namespace winnow
