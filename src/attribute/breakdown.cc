// SPDX-License-Identifier: Apache-2.0
// Adds up what is kept and dropped of each layer and of each package.
#include <algorithm>
#include <tuple>
#include <unordered_set>

#include "winnow/attribute/attribute.h"

namespace winnow {
namespace {

std::uint64_t bytes_of(const Share& share) { return share.kept_bytes + share.dropped_bytes; }

// For each entry the bytes that stand under its name: none for the other names of a file.
std::vector<std::uint64_t> bytes_by_entry(const Index& index, const std::vector<bool>& is_kept) {
  std::vector<std::uint64_t> bytes(index.entries.size());
  std::unordered_set<std::uint32_t> counted;
  for (const bool kept : {true, false})
    for (EntryId id = 0; id < index.entries.size(); ++id) {
      const Entry& entry = index.entries[id];
      if (is_kept[id] != kept) continue;
      if (entry.link_group == 0 || counted.insert(entry.link_group).second) bytes[id] = entry.size;
    }
  return bytes;
}

std::vector<std::uint64_t> hidden_by_layer(const Index& index) {
  std::vector<std::uint64_t> hidden(index.layers.size());
  std::unordered_set<std::uint32_t> counted;
  for (const Shadowed& version : index.shadowed) {
    const Entry& entry = version.entry;
    if (version.linked || entry.layer >= hidden.size()) continue;
    if (entry.link_group == 0 || counted.insert(entry.link_group).second) hidden[entry.layer] += entry.size;
  }
  return hidden;
}

}  // namespace

Breakdown break_down(const Index& index, const Ownership& owners, std::span<const EntryId> kept) {
  std::vector<bool> is_kept(index.entries.size());
  for (const EntryId id : kept) is_kept[id] = true;
  const auto bytes = bytes_by_entry(index, is_kept);
  Breakdown split;
  split.layers.resize(index.layers.size());
  split.hidden = hidden_by_layer(index);
  split.packages.resize(owners.packages.size() + 1);
  for (std::size_t i = 0; i < owners.packages.size(); ++i) split.packages[i + 1].first = owners.packages[i].str();
  for (EntryId id = 0; id < index.entries.size(); ++id) {
    const auto add = [&](Share& share) {
      ++(is_kept[id] ? share.kept_entries : share.dropped_entries);
      (is_kept[id] ? share.kept_bytes : share.dropped_bytes) += bytes[id];
    };
    if (index.entries[id].layer < split.layers.size()) add(split.layers[index.entries[id].layer]);
    add(split.packages[owners.owner[id]].second);
  }
  std::ranges::sort(split.packages, [](const auto& a, const auto& b) {
    return std::tuple(bytes_of(b.second), std::string_view(a.first)) <
           std::tuple(bytes_of(a.second), std::string_view(b.first));
  });
  return split;
}

}  // namespace winnow
