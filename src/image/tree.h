// SPDX-License-Identifier: Apache-2.0
// Layers stacked into one tree, as an overlay file system shows them (OCI image-spec layer.md, overlayfs.rst).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "image/limits.h"
#include "image/tar_reader.h"

namespace winnow {

// Where the bytes of an entry are.
struct Origin {
  std::uint32_t layer = 0;
  std::uint32_t ordinal = 0;  // of the tar member
};

struct MergedTree {
  std::vector<Entry> entries;   // sorted by path, the root first
  std::vector<Origin> origins;  // one for each entry
};

// Whiteouts and opaque directories act on lower layers only, wherever in the tar they stand. A directory that a layer
// lists again keeps its children and takes the new metadata; anything else replaces what was there, subtree and all.
// Parents are looked at as engines do that unpack each layer into a directory of its own: a symbolic link of the same
// layer on the way is followed, inside the image; one of a lower layer is hidden by a directory, like a file is.
class TreeMerger {
 public:
  explicit TreeMerger(Budget& budget);
  // Stacks one more layer on top. Errors name the member: a hard link to nothing, a path below a file.
  Result<void> apply(std::vector<TarMember> members);
  [[nodiscard]] MergedTree finish() &&;

 private:
  struct Name {
    std::uint32_t inode = 0;
    std::uint32_t layer = 0;  // which put the name there
  };
  using Names = std::map<std::string, Name, std::less<>>;

  [[nodiscard]] const Entry& entry_of(const Name& name) const { return inodes_[name.inode]; }
  [[nodiscard]] bool is_directory(const Name& name) const { return entry_of(name).type == EntryType::kDirectory; }
  void hide(std::string_view path, bool itself);
  Result<void> white_out(const std::string& path);
  Result<void> add(TarMember& member);
  Result<Name> linked(const TarMember& member);
  Result<std::string> home_of(const std::string& path);
  Result<void> imply(const std::string& path);
  void put(const std::string& path, Name name);
  std::uint32_t new_inode(Entry entry, std::uint32_t ordinal);

  Budget& budget_;
  std::uint32_t layer_ = 0;
  Names names_;                // every path of the merged tree; a parent is always a directory
  std::vector<Entry> inodes_;  // what names stand for, without paths; hard links share one
  std::vector<std::uint32_t> ordinals_;
};

}  // namespace winnow
