// SPDX-License-Identifier: Apache-2.0
// Packages and layers: which side has which, and how much of it.
#include <algorithm>
#include <map>
#include <set>

#include "diff/tree.h"
#include "winnow/base/digest.h"

namespace winnow {
namespace {

struct Both {
  PackageChange change;
  std::set<std::string_view> before, after;  // versions
};

using ByName = std::map<std::string_view, Both>;

// Each package's own sum, by the number of its name with its version.
struct Numbered {
  std::vector<Both*> both;
  std::vector<std::string_view> versions;
};

// The names point into DIFF's package_names, which stays as it is meanwhile.
Numbered number(const TreeDiff& diff, ByName& by_name) {
  Numbered numbered;
  for (const std::string& package : diff.package_names) {
    const auto [name, version] = split_package(package);
    numbered.both.push_back(package.empty() ? nullptr : &by_name[name]);
    numbered.versions.push_back(version);
  }
  return numbered;
}

void count(const Tree& tree, const Numbered& numbered, bool is_new) {
  for (const Item& item : tree.items) {
    Both* const both = numbered.both[item.package];
    if (both == nullptr) continue;
    (is_new ? both->after : both->before).insert(numbered.versions[item.package]);
    std::uint64_t& bytes = is_new ? both->change.bytes_after : both->change.bytes_before;
    if (item.counts) bytes = plus(bytes, item.entry->size);
  }
}

bool differs(const Both& both) {
  return both.before != both.after || both.change.added + both.change.removed + both.change.changed > 0;
}

}  // namespace

void compare_packages(const Tree& a, const Tree& b, TreeDiff& diff) {
  ByName by_name;
  const Numbered numbered = number(diff, by_name);
  count(a, numbered, false);
  count(b, numbered, true);
  for (EntryChange& change : diff.entries) {
    Both* const before = numbered.both[change.package_before];
    Both* const after = numbered.both[change.package_after];
    Both* const both = after != nullptr ? after : before;
    if (both == nullptr) continue;
    ++(change.before == nullptr  ? both->change.added
       : change.after == nullptr ? both->change.removed
                                 : both->change.changed);
    change.other_version = !both->before.empty() && !both->after.empty() && both->before != both->after;
  }
  for (auto& [name, both] : by_name) {
    if (!differs(both)) continue;
    both.change.name = name;
    both.change.before.assign(both.before.begin(), both.before.end());
    both.change.after.assign(both.after.begin(), both.after.end());
    diff.packages.push_back(std::move(both.change));
  }
}

void compare_layers(const Tree& a, const Tree& b, TreeDiff& diff) {
  const auto bytes_of = [](const Tree& tree) {
    std::vector<std::uint64_t> bytes(tree.layers.size());
    for (const Item& item : tree.items)
      if (item.counts && item.entry->layer < bytes.size())
        bytes[item.entry->layer] = plus(bytes[item.entry->layer], item.entry->size);
    return bytes;
  };
  const auto before = bytes_of(a);
  const auto after = bytes_of(b);
  // The same layer may be in an image twice: the first is the other side's first.
  std::multimap<Digest, std::uint32_t> unmatched;
  for (std::uint32_t at = 0; at < a.layers.size(); ++at) unmatched.emplace(a.layers[at].diff_id, at);
  std::vector<bool> shared(a.layers.size());
  for (std::uint32_t at = 0; at < b.layers.size(); ++at) {
    LayerChange change{{}, at, &b.layers[at], 0, after[at]};
    if (const auto same = unmatched.lower_bound(b.layers[at].diff_id);
        same != unmatched.end() && same->first == b.layers[at].diff_id) {
      change.before = same->second;
      change.bytes_before = before[same->second];
      shared[same->second] = true;
      unmatched.erase(same);
    }
    diff.layers.push_back(change);
  }
  for (std::uint32_t at = 0; at < a.layers.size(); ++at)
    if (!shared[at]) diff.layers.push_back({at, {}, &a.layers[at], before[at], 0});
}

}  // namespace winnow
