// SPDX-License-Identifier: Apache-2.0
// Every byte of an image is counted under one layer and one package, kept or dropped.
#include <gtest/gtest.h>

#include <algorithm>

#include "support/index_text.h"
#include "winnow/attribute/attribute.h"

namespace winnow {
namespace {

const char* const kLayered = R"(
  layer base
  f 0644 0:0 9 /var/lib/dpkg/info/a.list text=/a/one\x0a/a/two\x0a
  f 0644 0:0 100 /a/one
  layer app
  f 0644 0:0 20 /a/two group=1
  f 0644 0:0 20 /b/two group=1
  f 0644 0:0 7 /c
)";

std::vector<EntryId> ids(const Index& index, std::initializer_list<const char*> paths) {
  std::vector<EntryId> found;
  for (const char* path : paths) found.push_back(index.find(path).value());
  return found;
}

std::uint64_t bytes_of(const Share& share) { return share.kept_bytes + share.dropped_bytes; }

const Share& package(const Breakdown& split, std::string_view name) {
  return std::ranges::find(split.packages, name, &std::pair<std::string, Share>::first)->second;
}

TEST(Breakdown, LayersAndPackagesEachAddUpToTheImage) {
  const Index index = test::index_from_text(kLayered);
  for (const auto& kept : {ids(index, {}), ids(index, {"/a/one", "/b/two"}), ids(index, {"/a/two", "/b/two", "/c"})}) {
    const Breakdown split = break_down(index, find_owners(index), kept);
    std::uint64_t by_layer = 0;
    std::uint64_t by_package = 0;
    std::uint64_t entries = 0;
    for (const Share& share : split.layers) by_layer += bytes_of(share);
    for (const auto& [name, share] : split.packages) {
      by_package += bytes_of(share);
      entries += share.kept_entries + share.dropped_entries;
    }
    EXPECT_EQ(by_layer, index.bytes());
    EXPECT_EQ(by_package, index.bytes());
    EXPECT_EQ(entries, index.entries.size());
  }
}

TEST(Breakdown, AFileOfSeveralNamesCountsWhereItIsKept) {
  const Index index = test::index_from_text(kLayered);
  const Breakdown split = break_down(index, find_owners(index), ids(index, {"/b/two"}));
  EXPECT_EQ(split.layers[1].kept_bytes, 20u);
  EXPECT_EQ(split.layers[1].dropped_bytes, 7u);
  EXPECT_EQ(package(split, "").kept_bytes, 20u) << "under the name that is kept, which no package owns";
  EXPECT_EQ(package(split, "deb:a").kept_bytes, 0u);
  EXPECT_EQ(package(split, "deb:a").dropped_bytes, 109u) << "dpkg's note and the first file";
}

TEST(Breakdown, WhatLaterLayersHideIsCountedByLayer) {
  Index index = test::index_from_text(kLayered);
  const auto hide = [&](const char* path, std::uint64_t size, std::uint32_t group, bool linked) {
    Shadowed& version = index.shadowed.emplace_back();
    version.entry.path = path;
    version.entry.size = size;
    version.entry.link_group = group;
    version.linked = linked;
  };
  hide("/old", 50, 0, false);
  hide("/older", 30, 9, false);
  hide("/oldest", 30, 9, false);
  hide("/seen-elsewhere", 20, 1, true);
  const Breakdown split = break_down(index, find_owners(index), {});
  EXPECT_EQ(split.hidden, (std::vector<std::uint64_t>{80, 0}));
  EXPECT_EQ(index.shadowed_bytes(), 80u);
}

}  // namespace
}  // namespace winnow
