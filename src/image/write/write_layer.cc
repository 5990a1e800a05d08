// SPDX-License-Identifier: Apache-2.0
// One layer from its draft: the order is fixed, content streams from the source's layers.
#include <algorithm>
#include <map>

#include "image/layer/tree.h"
#include "image/write/tar_writer.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/base/path.h"
#include "winnow/base/text.h"
#include "winnow/image/write.h"

namespace winnow {
namespace {

// What a layer is to hold, sorted into the passes in which it is written.
struct Passes {
  std::vector<const Entry*> directories;
  std::vector<EntryId> files, others;
  std::vector<const Addition*> contents;
  std::vector<std::pair<EntryId, EntryId>> links;  // a name, and the name that carries the content
};

std::string_view path_of(const Entry* entry) { return entry->path; }

// A root that no layer lists stays so, and a directory that cannot be listed because of its name: engines make them.
bool is_unlisted(const Entry& entry) { return entry.implied && (entry.path == "/" || is_whiteout(entry.path)); }

// Every path once, none that says something of lower layers, each one's parent there unless lower layers have it.
Result<void> check_paths(std::vector<const Entry*> members, bool on_top) {
  std::ranges::sort(members, {}, path_of);
  for (std::size_t i = 0; i < members.size(); ++i) {
    const std::string_view path = members[i]->path;
    if (is_whiteout(path) && !is_unlisted(*members[i]))
      return fail(printable(path) + ": engines would take it for a whiteout");
    if (i > 0 && members[i - 1]->path == path) return fail(printable(path) + ": it is to be written twice");
    const auto parent = std::ranges::lower_bound(members, parent_of(path), {}, path_of);
    const bool found = parent != members.end() && path_of(*parent) == parent_of(path);
    if (found ? (*parent)->type != EntryType::kDirectory : !on_top)
      return fail(printable(path) + ": its parent directory is not kept");
  }
  return {};
}

// Takes what the source has; MEMBERS gets all of it.
Result<Passes> sort_out(const Index& index, std::span<const EntryId> kept, std::vector<const Entry*>& members) {
  std::vector<EntryId> sorted(kept.begin(), kept.end());  // ascending ids are ascending paths
  std::ranges::sort(sorted);
  const auto repeated = std::ranges::unique(sorted);
  sorted.erase(repeated.begin(), repeated.end());
  Passes passes;
  std::map<std::uint32_t, EntryId> carriers;  // of link groups
  for (const EntryId id : sorted) {
    if (id >= index.entries.size()) return fail("entry " + std::to_string(id) + " is not of the image");
    const Entry& entry = index.entries[id];
    members.push_back(&entry);
    if (entry.type == EntryType::kDirectory) {
      passes.directories.push_back(&entry);
    } else if (const auto [carrier, first] = carriers.try_emplace(entry.link_group, id);
               entry.link_group != 0 && !first) {
      passes.links.emplace_back(id, carrier->second);
    } else {
      (entry.type == EntryType::kFile ? passes.files : passes.others).push_back(id);
    }
  }
  return passes;
}

Result<Passes> sort_out(const Index& index, const LayerDraft& draft) {
  std::vector<const Entry*> members;
  auto passes = sort_out(index, draft.kept, members);
  if (!passes) return passes;
  for (const Entry& directory : draft.directories) passes->directories.push_back(&directory);
  for (const Addition& addition : draft.additions) {
    if (addition.entry.type == EntryType::kDirectory)
      passes->directories.push_back(&addition.entry);
    else if (addition.entry.type == EntryType::kFile && addition.entry.size == addition.content.size())
      passes->contents.push_back(&addition);
    else
      return fail(printable(addition.entry.path) + ": it is added, and neither a directory nor a file of its size");
    members.push_back(&addition.entry);
  }
  for (const Entry& directory : draft.directories) members.push_back(&directory);
  TRY_DO(check_paths(std::move(members), draft.on_top));
  std::ranges::sort(passes->directories, {}, path_of);
  return passes;
}

Result<void> write_passes(const Image& source, const Passes& passes, TarWriter& tar) {
  const std::deque<Entry>& entries = source.index().entries;
  for (const Entry* const directory : passes.directories)
    if (!is_unlisted(*directory)) TRY_DO(tar.begin(*directory));
  std::optional<EntryId> open;
  const auto take = [&](EntryId id, std::span<const std::byte> piece) -> Result<void> {
    if (open != id) TRY_DO(tar.begin(entries[id]));
    open = piece.empty() ? std::nullopt : std::optional(id);
    return piece.empty() ? Result<void>() : tar.write(piece);
  };
  TRY_DO(source.read_files(passes.files, take));
  for (const Addition* const addition : passes.contents) {
    TRY_DO(tar.begin(addition->entry));
    TRY_DO(tar.write(std::as_bytes(std::span(addition->content))));
  }
  for (const EntryId id : passes.others) TRY_DO(tar.begin(entries[id]));
  for (const auto& [id, carrier] : passes.links) TRY_DO(tar.begin(entries[id], entries[carrier].path));
  return {};
}

}  // namespace

Result<NewLayer> write_layer(const Image& source, const LayerDraft& draft) {
  TRY(const auto passes, sort_out(source.index(), draft));
  NewLayer layer;
  TRY(layer.tar, open_temporary());
  TRY(auto tar, TarWriter::open(layer.tar.get()));
  TRY_DO(write_passes(source, passes, tar));
  TRY(const auto summary, tar.finish());
  layer.diff_id = summary.digest;
  layer.size = summary.size;
  return layer;
}

}  // namespace winnow
