// SPDX-License-Identifier: Apache-2.0
// The comparison of two sorted trees, entry by entry.
#include "diff/tree.h"

#include <algorithm>
#include <limits>

namespace winnow {
namespace {

constexpr std::pair<Aspect, std::string_view> kAspects[] = {
    {Aspect::kType, "type"},     {Aspect::kContent, "content"}, {Aspect::kSize, "size"},
    {Aspect::kMode, "mode"},     {Aspect::kOwner, "owner"},     {Aspect::kTarget, "target"},
    {Aspect::kXattrs, "xattrs"}, {Aspect::kDevice, "device"},   {Aspect::kLinks, "links"},
};

// The first name of the file that ENTRY is a name of; empty when it has no other.
std::string_view first_name(const Tree& tree, const Entry& entry) {
  const auto first = tree.first_names.find(entry.link_group);
  return first == tree.first_names.end() ? std::string_view() : first->second->path;
}

std::uint16_t aspects_of(const Tree& a, const Entry& before, const Tree& b, const Entry& after) {
  std::uint16_t aspects = 0;
  const auto note = [&](Aspect aspect, bool differs) {
    if (differs) aspects |= static_cast<std::uint16_t>(aspect);
  };
  note(Aspect::kType, before.type != after.type);
  note(Aspect::kContent, before.sha256 != after.sha256);
  note(Aspect::kSize, before.size != after.size);
  note(Aspect::kMode, before.mode != after.mode);
  note(Aspect::kOwner, before.uid != after.uid || before.gid != after.gid);
  note(Aspect::kTarget, before.link_target != after.link_target);
  note(Aspect::kXattrs, before.xattrs != after.xattrs);
  note(Aspect::kDevice, before.dev_major != after.dev_major || before.dev_minor != after.dev_minor);
  note(Aspect::kLinks, first_name(a, before) != first_name(b, after));
  return aspects;
}

EntryChange lone(const Item& item, bool is_new) {
  EntryChange change;
  (is_new ? change.after : change.before) = item.entry;
  (is_new ? change.package_after : change.package_before) = item.package;
  change.reasons = item.reasons;
  return change;
}

void compare_entries(const Tree& a, const Tree& b, TreeDiff& diff) {
  auto one = a.items.begin();
  auto two = b.items.begin();
  while (one != a.items.end() || two != b.items.end()) {
    const int order = one == a.items.end() ? 1 : two == b.items.end() ? -1 : one->entry->path.compare(two->entry->path);
    if (order != 0) {
      diff.entries.push_back(order < 0 ? lone(*one++, false) : lone(*two++, true));
      ++(order < 0 ? diff.removed : diff.added);
      continue;
    }
    const Item& before = *one++;
    const Item& after = *two++;
    const std::uint16_t aspects = aspects_of(a, *before.entry, b, *after.entry);
    if (aspects != 0) {
      diff.entries.push_back(
          {before.entry, after.entry, aspects, before.package, after.package, false, after.reasons, nullptr});
      ++diff.changed;
    } else if (before.entry->mtime != after.entry->mtime || before.entry->mtime_ns != after.entry->mtime_ns) {
      ++diff.times_only;
    }
  }
}

}  // namespace

std::string_view to_string(DiffKind kind) {
  constexpr std::string_view kNames[] = {"profile", "keep", "image"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string_view to_string(Change change) {
  constexpr std::string_view kNames[] = {"added", "removed", "changed"};
  return kNames[static_cast<std::size_t>(change)];
}

std::vector<std::string_view> names_of_aspects(std::uint16_t aspects) {
  std::vector<std::string_view> names;
  for (const auto& [aspect, name] : kAspects)
    if ((aspects & static_cast<std::uint16_t>(aspect)) != 0) names.push_back(name);
  return names;
}

Change EntryChange::change() const {
  if (before == nullptr) return Change::kAdded;
  return after == nullptr ? Change::kRemoved : Change::kChanged;
}

bool TreeDiff::identical() const {
  return entries.empty() && packages.empty() && config.empty() && plan.empty() && records.empty();
}

std::uint64_t plus(std::uint64_t a, std::uint64_t b) {
  return b > std::numeric_limits<std::uint64_t>::max() - a ? std::numeric_limits<std::uint64_t>::max() : a + b;
}

std::pair<std::string_view, std::string_view> split_package(std::string_view package) {
  const auto colon = package.find(':');
  const auto at = package.rfind('@');
  // The name of an npm package may begin with '@'.
  if (at == std::string_view::npos || colon == std::string_view::npos || at <= colon + 1) return {package, ""};
  return {package.substr(0, at), package.substr(at + 1)};
}

void Tree::add(const Entry& entry, std::uint32_t package, const std::vector<Reason>* reasons) {
  const bool counts = entry.link_group == 0 || first_names.try_emplace(entry.link_group, &entry).second;
  if (counts) bytes = plus(bytes, entry.size);
  items.push_back({&entry, package, counts, reasons});
}

const Item* Tree::find(std::string_view path) const {
  const auto at =
      std::ranges::lower_bound(items, path, {}, [](const Item& item) { return std::string_view(item.entry->path); });
  return at != items.end() && at->entry->path == path ? &*at : nullptr;
}

std::uint32_t Packages::number_of(std::string_view package) {
  const auto [known, is_new] = numbers_.try_emplace(std::string(package), static_cast<std::uint32_t>(names_.size()));
  if (is_new) names_.emplace_back(package);
  return known->second;
}

TreeDiff compare_trees(const Tree& a, const Tree& b, Packages packages) {
  TreeDiff diff;
  diff.a.entries = a.items.size();
  diff.a.bytes = a.bytes;
  diff.b.entries = b.items.size();
  diff.b.bytes = b.bytes;
  diff.package_names = std::move(packages).take();
  compare_entries(a, b, diff);
  compare_packages(a, b, diff);
  compare_layers(a, b, diff);
  compare_configs(a.config_json, b.config_json, diff);
  find_origins(a, b, diff);
  find_attention(diff);
  return diff;
}

}  // namespace winnow
