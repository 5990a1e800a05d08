// SPDX-License-Identifier: Apache-2.0
// Tells walks from use by how much of a directory a program touched, and how.
#include "plan/walks.h"

#include <algorithm>

namespace winnow {
namespace {

constexpr std::size_t kFewest = 100;  // entries below a directory: less is not worth a word
constexpr std::size_t kTenths = 9;    // of them that a walk touches

// Whether KINDS say no more than that somebody passed by: a status, and of a directory its names.
bool passes(const Kinds& kinds, EntryType type) {
  const auto none_of = [&](std::initializer_list<Kind> others) {
    return std::ranges::none_of(others, [&](Kind kind) { return kinds.has(kind); });
  };
  if (!none_of({Kind::kExec, Kind::kMap, Kind::kReadlink, Kind::kWanted, Kind::kNotEmpty})) return false;
  return type == EntryType::kDirectory || none_of({Kind::kOpen, Kind::kDir, Kind::kList});
}

}  // namespace

// What one program did, in the order of the index.
struct Walks::Steps {
  std::vector<EntryId> touched, used, listed;
  void sort() {
    for (auto* const list : {&touched, &used, &listed}) {
      std::ranges::sort(*list);
      list->erase(std::ranges::unique(*list).begin(), list->end());
    }
  }
};

Walks::Walks(const Index& index, std::span<const Attribution> accesses) : index_(index) {
  std::map<std::string_view, Steps> by_program;
  const auto see = [&](const std::string& program, const Attribution& found, bool alone) {
    if (!program.starts_with('/')) return;  // the runtime
    Steps& steps = by_program[program];
    const Kinds& kinds = found.access->kinds;
    steps.touched.push_back(*found.entry);
    if (found.access->listed_by.contains(program)) steps.listed.push_back(*found.entry);
    if (alone && !passes(kinds, index.entries[*found.entry].type)) steps.used.push_back(*found.entry);
  };
  for (const Attribution& found : accesses) {
    if (found.label != Label::kEntry) continue;
    see(found.access->by, found, found.access->also_by.empty());
    for (const std::string& program : found.access->also_by) see(program, found, false);
  }
  for (auto& [program, steps] : by_program) add(program, steps);
}

void Walks::add(std::string_view program, Steps& steps) {
  steps.sort();
  const auto count = [](const std::vector<EntryId>& ids, const Tree& tree) {
    return std::ranges::upper_bound(ids, tree.last) - std::ranges::lower_bound(ids, tree.first);
  };
  EntryId end = 0;  // of the last tree that was added: what is in it needs no tree of its own
  for (const EntryId top : steps.listed) {
    const std::string& path = index_.entries[top].path;
    if (top < end || path == "/") continue;
    const EntryIds below = index_.below(path);
    const std::size_t size = below.size();
    if (size < kFewest) continue;
    const Tree tree{below.front(), below.back()};
    if (static_cast<std::size_t>(count(steps.touched, tree)) * 10 < size * kTenths || count(steps.used, tree) > 0)
      continue;
    trees_[program].push_back(tree);
    end = tree.last + 1;
  }
}

bool Walks::over(EntryId entry, std::string_view program) const {
  const auto trees = trees_.find(program);
  if (trees == trees_.end()) return false;
  const auto next = std::ranges::upper_bound(trees->second, entry, {}, &Tree::first);
  return next != trees->second.begin() && entry <= std::prev(next)->last;
}

bool Walks::only_walked(const Attribution& found) const {
  if (trees_.empty() || found.label != Label::kEntry) return false;
  const Access& access = *found.access;
  return passes(access.kinds, index_.entries[*found.entry].type) && over(*found.entry, access.by) &&
         std::ranges::all_of(access.also_by, [&](const auto& program) { return over(*found.entry, program); });
}

}  // namespace winnow
