// SPDX-License-Identifier: Apache-2.0
// Rule, under the policy "app": directories that are the application's alone are kept whole once something in them was
// touched. The application's is what neither a layer of the base nor a package of the distribution brought.
#include <fmt/format.h>

#include <set>

#include "plan/decisions.h"
#include "winnow/base/path.h"

namespace winnow {
namespace {

// By entry: whether all that lies in it, or it itself, is the application's.
std::vector<bool> own_entries(const Decisions& plan) {
  const Index& index = plan.index();
  const std::size_t base = plan.options().base_layers;
  std::vector<bool> own(index.entries.size(), true);
  own[0] = false;
  // Layers list the directories that they write into again: what the base had is among what was shadowed.
  for (const Shadowed& version : index.shadowed)
    if (const auto id = index.find(version.entry.path); id && version.entry.layer < base) own[*id] = false;
  // Children stand behind their parents: from the end, each entry is settled before its parent is.
  for (auto id = static_cast<EntryId>(index.entries.size() - 1); id > 0; --id) {
    const Entry& entry = index.entries[id];
    const bool of_base = entry.layer < base && !entry.implied;
    if (of_base || (entry.type != EntryType::kDirectory && is_of_system(plan.owners().of(id)))) own[id] = false;
    if (own[id]) continue;
    if (const auto parent = index.find(parent_of(entry.path))) own[*parent] = false;
  }
  return own;
}

}  // namespace

void seed_application(Decisions& plan, std::string_view rule) {
  if (plan.options().policy != Policy::kApp) return;
  if (plan.options().base_layers >= plan.index().layers.size())
    plan.warn("--policy app: every layer counts as the base's, so nothing is kept whole (see --base-layers)");
  const std::vector<bool> own = own_entries(plan);
  std::set<EntryId> whole;
  const auto keep_whole = [&](EntryId touched) {
    if (!own[touched]) return;
    EntryId top = touched;
    for (;;) {
      const auto above = plan.index().find(parent_of(plan.entry(top).path));
      if (!above || *above == 0 || !own[*above]) break;
      top = *above;
    }
    const std::string& path = plan.entry(top).path;
    if (plan.entry(top).type != EntryType::kDirectory || !whole.insert(top).second) return;
    const Reason why{std::string(rule), plan.entry(touched).path, "the application's own directory " + path};
    plan.keep(top, why);
    for (const EntryId id : plan.index().below(path)) plan.keep(id, why);
  };
  for (const Attribution& found : plan.accesses())
    if (found.label == Label::kEntry && found.access->kinds != Kinds(Kind::kMiss)) keep_whole(*found.entry);
}

}  // namespace winnow
