// SPDX-License-Identifier: Apache-2.0
// Keep specs and images as trees, and what keep specs have beside their tree: the plan and the records.
#include <algorithm>
#include <set>

#include "diff/tree.h"

namespace winnow {
namespace {

Tree tree_of(const KeepSpec& spec, Packages& packages) {
  Tree tree;
  tree.layers = spec.layers;
  tree.config_json = spec.config_json;
  tree.items.reserve(spec.entries.size());
  for (const KeptEntry& kept : spec.entries) tree.add(kept.entry, packages.number_of(kept.package), kept.reasons.get());
  return tree;
}

Tree tree_of(const OwnedIndex& image, Packages& packages) {
  Tree tree;
  tree.layers = image.index.layers;
  tree.config_json = image.index.config_json;
  tree.items.reserve(image.index.entries.size());
  std::vector<std::uint32_t> numbers = {0};
  for (const Package& package : image.owners.packages) numbers.push_back(packages.number_of(package.str()));
  for (EntryId id = 0; id < image.index.entries.size(); ++id)
    tree.add(image.index.entries[id], numbers[image.owners.owner[id]], nullptr);
  return tree;
}

std::string quoted(std::string_view text) { return '"' + std::string(text) + '"'; }

void compare_globs(const std::string& field, const std::vector<std::string>& a, const std::vector<std::string>& b,
                   TreeDiff& diff) {
  const std::set<std::string> before(a.begin(), a.end());
  const std::set<std::string> after(b.begin(), b.end());
  for (const std::string& glob : before)
    if (!after.contains(glob)) diff.plan.push_back({field, glob, Change::kRemoved, {}, {}});
  for (const std::string& glob : after)
    if (!before.contains(glob)) diff.plan.push_back({field, glob, Change::kAdded, {}, {}});
}

// Both are sorted by path.
void compare_records(const std::vector<Addition>& a, const std::vector<Addition>& b, TreeDiff& diff) {
  auto one = a.begin();
  auto two = b.begin();
  const auto same = [](const Entry& before, const Entry& after) {
    return before.type == after.type && before.sha256 == after.sha256 && before.mode == after.mode;
  };
  while (one != a.end() || two != b.end()) {
    const int order = one == a.end() ? 1 : two == b.end() ? -1 : one->entry.path.compare(two->entry.path);
    if (order < 0)
      diff.records.emplace_back(Change::kRemoved, (one++)->entry.path);
    else if (order > 0)
      diff.records.emplace_back(Change::kAdded, (two++)->entry.path);
    else if (const auto before = one++, after = two++; !same(before->entry, after->entry))
      diff.records.emplace_back(Change::kChanged, after->entry.path);
  }
}

}  // namespace

TreeDiff diff_keep_specs(const KeepSpec& a, const KeepSpec& b) {
  Packages packages;
  const Tree before = tree_of(a, packages);
  const Tree after = tree_of(b, packages);
  TreeDiff diff = compare_trees(before, after, std::move(packages));
  diff.kind = DiffKind::kKeep;
  diff.a.reference = a.reference;
  diff.a.id = a.id;
  diff.b.reference = b.reference;
  diff.b.id = b.id;
  if (a.policy != b.policy)
    diff.plan.push_back({"policy", "", Change::kChanged, quoted(to_string(a.policy)), quoted(to_string(b.policy))});
  compare_globs("keep", a.keep, b.keep, diff);
  compare_globs("drop", a.drop, b.drop, diff);
  compare_records(a.additions, b.additions, diff);
  // Warnings tell what a plan could not do; what both say is known.
  for (const std::string& warning : b.warnings)
    if (std::ranges::find(a.warnings, warning) == a.warnings.end()) diff.notes.push_back("the plan warns: " + warning);
  return diff;
}

TreeDiff diff_images(const OwnedIndex& a, const OwnedIndex& b) {
  Packages packages;
  const Tree before = tree_of(a, packages);
  const Tree after = tree_of(b, packages);
  TreeDiff diff = compare_trees(before, after, std::move(packages));
  diff.kind = DiffKind::kImage;
  diff.a.id = a.index.id;
  diff.b.id = b.index.id;
  const auto& warnings = b.owners.warnings;
  diff.notes.insert(diff.notes.end(), warnings.begin(), warnings.end());
  return diff;
}

}  // namespace winnow
