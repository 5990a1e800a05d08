// SPDX-License-Identifier: Apache-2.0
// Merges layers into one tree, as an overlay file system shows them (OCI image-spec layer.md, overlayfs.rst).
#pragma once

#include <deque>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "image/layer/tar_reader.h"
#include "image/limits.h"
#include "winnow/base/error.h"

namespace winnow {

// Where the bytes of an entry are.
struct MemberPlace {
  std::uint32_t layer = 0;
  std::uint32_t ordinal = 0;  // place of the member in the layer's tar
};

// Whether a layer's member PATH is no entry itself, but a whiteout, which is about lower layers, or a file that AUFS
// keeps for itself.
bool is_whiteout(std::string_view path);

struct MergedTree {
  std::deque<Entry> entries;        // sorted by path, the root first
  std::vector<MemberPlace> places;  // one for each entry
  std::vector<Shadowed> shadowed;   // sorted by path, the lowest version first
};

// Whiteouts and opaque directories affect only lower layers, wherever they stand in the tar. A directory that a layer
// lists again keeps its children and gets the new metadata; anything else replaces what was there, with all below it.
// On the way to a member, paths are walked as by an engine that unpacks each layer into a separate directory: a
// symbolic link of the same layer is followed, inside the image; a link or file of a lower layer is replaced by a
// directory.
class TreeMerger {
 public:
  explicit TreeMerger(Budget& budget);
  TreeMerger(const TreeMerger&) = delete;  // names_ looks into nodes_
  TreeMerger& operator=(const TreeMerger&) = delete;
  ~TreeMerger() = default;
  // Stacks one more layer on top. Errors name the member: a hard link to nothing, a path below a file.
  Result<void> apply(std::deque<TarMember> members);
  [[nodiscard]] MergedTree finish() &&;

 private:
  using NodeId = std::uint32_t;
  static constexpr std::uint32_t kVisible = 0xffffffff;
  // One name that one layer gave to something. Its path does not change until finish(), because names_ points to it.
  struct Node {
    Entry entry;  // of a hard link only the path and the layer, until the end
    std::uint32_t ordinal = 0;
    NodeId inode = 0;  // the node that is the file itself; its own id unless it is a hard link
  };
  // A node is no larger than a member, so nodes can reuse the memory of members: a layer is never in memory twice.
  static_assert(sizeof(Node) <= sizeof(TarMember));
  struct Fate {
    std::uint32_t hidden_by = kVisible;
    bool deleted = false;
    bool linked = false;  // see Shadowed; set at the end
  };
  // Orders nodes by their paths; a path itself can be looked up, too.
  struct ByPath {
    using is_transparent = void;
    const std::deque<Node>* nodes;
    [[nodiscard]] std::string_view path(NodeId node) const { return (*nodes)[node].entry.path; }
    [[nodiscard]] static std::string_view path(std::string_view given) { return given; }
    bool operator()(const auto& a, const auto& b) const { return path(a) < path(b); }
  };
  using Names = std::set<NodeId, ByPath>;

  [[nodiscard]] const Entry& entry_of(NodeId node) const { return nodes_[nodes_[node].inode].entry; }
  [[nodiscard]] bool is_directory(NodeId node) const { return entry_of(node).type == EntryType::kDirectory; }
  Names::iterator hide(Names::iterator name, bool deleted);
  void hide_below(std::string_view path);
  Result<void> white_out(const std::string& path);
  Result<void> add(TarMember& member, std::uint32_t ordinal);
  Result<NodeId> linked(const std::string& target);
  Result<std::string> home_of(const std::string& path);
  Result<void> imply(const std::string& path);
  NodeId new_node(Entry entry, std::uint32_t ordinal);
  void put(NodeId node);
  [[nodiscard]] std::vector<NodeId> in_order() const;
  void complete_links(std::span<const NodeId> order);
  void permute(std::vector<NodeId> order);

  Budget& budget_;
  std::uint32_t layer_ = 0;
  std::deque<Node> nodes_;
  std::vector<Fate> fates_;       // one for each node
  Names names_{ByPath{&nodes_}};  // the node of every path in the merged tree; a parent is always a directory
};

}  // namespace winnow
