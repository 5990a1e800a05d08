// SPDX-License-Identifier: Apache-2.0
// One layer from kept entries: the order is fixed, content streams from the source's layers.
#include <algorithm>
#include <map>

#include "image/tar_writer.h"
#include "winnow/image.h"

namespace winnow {
namespace {

// The kept entries, sorted into the passes in which they are written.
struct Passes {
  std::vector<EntryId> directories, files, others;
  std::vector<std::pair<EntryId, EntryId>> links;  // a name, and the name that carries the content
};

Result<Passes> sort_out(const Index& index, std::span<const EntryId> kept) {
  std::vector<EntryId> sorted(kept.begin(), kept.end());  // ascending ids are ascending paths
  std::ranges::sort(sorted);
  const auto repeated = std::ranges::unique(sorted);
  sorted.erase(repeated.begin(), repeated.end());
  Passes passes;
  std::map<std::uint32_t, EntryId> carriers;  // of link groups
  for (const EntryId id : sorted) {
    if (id >= index.entries.size()) return fail("entry " + std::to_string(id) + " is not of the image");
    const Entry& entry = index.entries[id];
    const auto parent = index.find(parent_of(entry.path));
    if (!parent || !std::ranges::binary_search(sorted, *parent))
      return fail(printable(entry.path) + ": its parent directory is not kept");
    if (entry.type == EntryType::kDirectory) {
      passes.directories.push_back(id);
    } else if (const auto [carrier, first] = carriers.try_emplace(entry.link_group, id);
               entry.link_group != 0 && !first) {
      passes.links.emplace_back(id, carrier->second);
    } else {
      (entry.type == EntryType::kFile ? passes.files : passes.others).push_back(id);
    }
  }
  return passes;
}

Result<void> write_passes(const Image& source, const Passes& passes, TarWriter& tar) {
  const std::deque<Entry>& entries = source.index().entries;
  for (const EntryId id : passes.directories) {
    // A root that no layer lists stays so: engines make it themselves.
    if (entries[id].path == "/" && entries[id].implied) continue;
    if (auto done = tar.begin(entries[id]); !done) return done;
  }
  std::optional<EntryId> open;
  const auto take = [&](EntryId id, std::span<const std::byte> piece) -> Result<void> {
    if (open != id)
      if (auto done = tar.begin(entries[id]); !done) return done;
    open = piece.empty() ? std::nullopt : std::optional(id);
    return piece.empty() ? Result<void>() : tar.write(piece);
  };
  if (auto done = source.read_files(passes.files, take); !done) return done;
  for (const EntryId id : passes.others)
    if (auto done = tar.begin(entries[id]); !done) return done;
  for (const auto& [id, carrier] : passes.links)
    if (auto done = tar.begin(entries[id], entries[carrier].path); !done) return done;
  return {};
}

}  // namespace

Result<NewLayer> write_layer(const Image& source, std::span<const EntryId> kept) {
  const auto passes = sort_out(source.index(), kept);
  if (!passes) return std::unexpected(passes.error());
  NewLayer layer;
  auto file = open_temporary();
  if (!file) return std::unexpected(file.error());
  layer.tar = std::move(*file);
  auto tar = TarWriter::open(layer.tar.get());
  if (!tar) return std::unexpected(tar.error());
  if (auto written = write_passes(source, *passes, *tar); !written) return std::unexpected(written.error());
  const auto summary = tar->finish();
  if (!summary) return std::unexpected(summary.error());
  layer.diff_id = summary->digest;
  layer.size = summary->size;
  return layer;
}

}  // namespace winnow
