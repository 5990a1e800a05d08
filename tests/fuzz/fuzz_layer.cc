// SPDX-License-Identifier: Apache-2.0
// Fuzz target: one layer, stored as it comes, stacked twice; what comes out is a well-formed tree.
#include "image/layer/layer.h"
#include "image/layer/tree.h"
#include "target.h"
#include "winnow/base/file.h"
#include "winnow/base/path.h"

namespace {

using namespace winnow;

Limits small_limits() {
  Limits limits;
  limits.bytes = limits.holes = 64u << 20;
  return limits;
}

void check(const MergedTree& tree, std::uint64_t bytes) {
  Index index;
  index.entries = tree.entries;
  index.shadowed = tree.shadowed;
  test::require(tree.places.size() == tree.entries.size() && tree.entries.front().path == "/");
  for (std::size_t i = 0; i < tree.entries.size(); ++i) {
    const Entry& entry = tree.entries[i];
    test::require(i == 0 || tree.entries[i - 1].path < entry.path);
    test::require(normal_path(entry.path) == entry.path && entry.path.size() <= kMaxPath);
    const auto parent = index.find(parent_of(entry.path));
    test::require(parent && index.entries[*parent].type == EntryType::kDirectory);
    const Resolution found = index.resolve(entry.path, false);
    test::require(found.entry == i && found.hops.empty());
    const Resolution walked = index.resolve(entry.path + "/../" + entry.link_target);
    test::require(index.entries[walked.deepest].type == EntryType::kDirectory);
  }
  test::require(index.bytes() + index.shadowed_bytes() == bytes);  // each byte is seen or shadowed, none is both
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Fd file = test::file_of(test::text_of(data, size));
  Budget budget(small_limits());
  TreeMerger merger(budget);
  std::uint64_t bytes = 0;
  for (int layer = 0; layer < 2; ++layer) {
    auto contents = read_layer(FileRange::of(file.get()).value().reader(), budget);
    if (!contents) return 0;
    for (const TarMember& member : contents->members)
      if (!is_whiteout(member.entry.path)) bytes += member.entry.size;
    if (!merger.apply(std::move(contents->members))) return 0;
  }
  check(std::move(merger).finish(), bytes);
  return 0;
}
