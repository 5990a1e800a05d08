// SPDX-License-Identifier: Apache-2.0
// Stacking layers: whiteouts, replacements, hard links and implied directories.
#include "image/layer/tree.h"

#include <algorithm>
#include <tuple>

#include "winnow/base/error.h"
#include "winnow/base/path.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

constexpr std::string_view kWhiteout = ".wh.";
constexpr std::string_view kMeta = ".wh..wh.";  // AUFS's own files, but for the next one
constexpr std::string_view kOpaque = ".wh..wh..opq";

bool is_aufs_metadata(std::string_view path) {
  for (const std::string_view part : components_of(path))
    if (part.starts_with(kMeta) && part != kOpaque) return true;
  return false;
}

// The path that a whiteout hides.
std::string hidden_by(std::string_view whiteout) {
  const std::string_view parent = parent_of(whiteout);
  return (parent == "/" ? "/" : std::string(parent) + "/") + std::string(base_name(whiteout).substr(kWhiteout.size()));
}

Entry implied_directory(std::string path) {
  Entry directory;
  directory.path = std::move(path);
  directory.type = EntryType::kDirectory;
  directory.mode = 0755;
  directory.implied = true;
  return directory;
}

}  // namespace

bool is_whiteout(std::string_view path) { return base_name(path).starts_with(kWhiteout) || is_aufs_metadata(path); }

TreeMerger::TreeMerger(Budget& budget) : budget_(budget) { put(new_node(implied_directory("/"), 0)); }

TreeMerger::NodeId TreeMerger::new_node(Entry entry, std::uint32_t ordinal) {
  const auto id = static_cast<NodeId>(nodes_.size());
  Node& node = nodes_.emplace_back(Node{std::move(entry), ordinal, id});
  node.entry.layer = layer_;
  fates_.emplace_back();
  return id;
}

TreeMerger::Names::iterator TreeMerger::hide(Names::iterator name, bool deleted) {
  fates_[*name] = {layer_, deleted};
  return names_.erase(name);
}

void TreeMerger::hide_below(std::string_view path) {
  const std::string below = path == "/" ? "/" : std::string(path) + "/";
  for (auto name = names_.upper_bound(below); name != names_.end() && nodes_[*name].entry.path.starts_with(below);)
    name = hide(name, true);
}

Result<void> TreeMerger::white_out(const std::string& path) {
  const std::string_view name = base_name(path);
  const std::string_view parent = parent_of(path);
  if (name == kOpaque) {
    hide_below(parent);
    return {};
  }
  const std::string_view hidden = name.substr(kWhiteout.size());
  if (hidden.empty() || hidden == "." || hidden == "..") return fail(printable(path) + ": a whiteout of nothing");
  const std::string target = hidden_by(path);
  hide_below(target);
  if (const auto known = names_.find(target); known != names_.end()) hide(known, true);
  return {};
}

Result<void> TreeMerger::apply(std::deque<TarMember> members) {
  std::set<std::string> marked;             // directories that hold whiteouts
  std::set<std::string, std::less<>> gone;  // what they are of
  for (const TarMember& member : members)
    if (const std::string& path = member.entry.path; is_whiteout(path) && !is_aufs_metadata(path)) {
      TRY_DO(white_out(member.entry.path));
      marked.emplace(parent_of(path));
      gone.insert(hidden_by(path));
    }
  // Each member's memory is given back as its node is made: a layer is never in memory twice.
  for (std::uint32_t ordinal = 0; !members.empty(); ++ordinal, members.pop_front())
    if (!is_whiteout(members.front().entry.path)) TRY_DO(add(members.front(), ordinal));
  // A whiteout stands in a directory of its layer, listed or not: what else a lower layer has there is hidden.
  // Not so where the layer deletes the directory itself: some tools name what was in it as well.
  for (const std::string& directory : marked) {
    std::string_view above = directory;
    while (above != "/" && !gone.contains(above)) above = parent_of(above);
    if (above != "/") continue;
    TRY_DO(home_of((directory == "/" ? "" : directory) + "/x"));
  }
  ++layer_;
  return {};
}

Result<void> TreeMerger::add(TarMember& member, std::uint32_t ordinal) {
  Entry& entry = member.entry;
  if (entry.path != "/") {
    TRY(entry.path, home_of(entry.path));
  } else if (member.hard_link || entry.type != EntryType::kDirectory) {
    return fail("the root is not a directory");
  }
  if (!member.hard_link) {
    put(new_node(std::move(entry), ordinal));
    return {};
  }
  const auto target = linked(entry.link_target);
  if (!target) return std::unexpected(target.error().within(printable(entry.path)));
  entry.link_target.clear();
  const NodeId inode = nodes_[*target].inode;
  if (entry.path == nodes_[*target].entry.path) return {};  // a link to itself
  const NodeId node = new_node(std::move(entry), ordinal);
  nodes_[node].inode = inode;
  put(node);
  return {};
}

void TreeMerger::put(NodeId node) {
  const std::string_view path = nodes_[node].entry.path;
  if (!is_directory(node)) hide_below(path);
  if (const auto known = names_.find(path); known != names_.end()) hide(known, false);
  names_.insert(node);
}

// What a hard link names: something of this layer, or of a lower one that is still to be seen.
Result<TreeMerger::NodeId> TreeMerger::linked(const std::string& target) {
  auto name = names_.find(target);
  if (name == names_.end()) {
    TRY(const auto home, home_of(target));
    name = names_.find(home);
  }
  if (name == names_.end()) return fail("a hard link to " + printable(target) + ", which is not there");
  if (is_directory(*name)) return fail("a hard link to the directory " + printable(target));
  return *name;
}

Result<void> TreeMerger::imply(const std::string& path) {
  if (path.size() > kMaxPath) return fail(printable(path) + ": a path that links make too long");
  TRY_DO(budget_.charge(path.size()));
  put(new_node(implied_directory(path), 0));
  return {};
}

// The path at which PATH's last component goes, once its parents are directories of the tree.
Result<std::string> TreeMerger::home_of(const std::string& path) {
  const std::string_view parent = parent_of(path);
  if (const auto known = names_.find(parent); known != names_.end() && is_directory(*known)) return path;
  std::vector<std::string> pending;  // the next component last
  const auto push = [&](std::string_view walked) {
    const auto parts = components_of(walked);
    pending.insert(pending.end(), parts.rbegin(), parts.rend());
  };
  push(parent);
  std::string here;  // "" is the root
  for (int links = 0; !pending.empty();) {
    const std::string part = std::move(pending.back());
    pending.pop_back();
    if (links > 0) TRY_DO(budget_.charge_step());
    if (part == ".") continue;
    if (part == "..") {
      here.resize(here.empty() ? 0 : here.rfind('/'));
      continue;
    }
    std::string next = here;
    next.append("/").append(part);
    const auto found = names_.find(next);
    if (found == names_.end() || (!is_directory(*found) && nodes_[*found].entry.layer != layer_)) {
      TRY_DO(imply(next));
    } else if (const Entry& entry = entry_of(*found); entry.type == EntryType::kSymlink) {
      if (++links > kMaxSymlinks) return fail(printable(path) + ": too many links on the way");
      if (entry.link_target.starts_with('/')) here.clear();
      push(entry.link_target);
      continue;
    } else if (entry.type != EntryType::kDirectory) {
      return fail(printable(path) + ": below " + printable(next) + ", which is a " +
                  std::string(to_string(entry.type)));
    }
    here = std::move(next);
  }
  here.append("/").append(base_name(path));
  if (here.size() > kMaxPath) return fail(printable(path) + ": a path that links make too long");
  return here;
}

// What is seen in the order of paths, then what is not, and last the implied directories that nobody sees.
std::vector<TreeMerger::NodeId> TreeMerger::in_order() const {
  std::vector<NodeId> order(names_.begin(), names_.end());
  order.reserve(nodes_.size());
  const auto seen = static_cast<std::ptrdiff_t>(order.size());
  for (NodeId id = 0; id < nodes_.size(); ++id)
    if (fates_[id].hidden_by != kVisible) order.push_back(id);
  std::sort(order.begin() + seen, order.end(), [&](NodeId a, NodeId b) {
    const auto key = [&](NodeId id) {
      return std::tuple(nodes_[id].entry.implied, std::string_view(nodes_[id].entry.path), id);
    };
    return key(a) < key(b);
  });
  return order;
}

// Gives hard links the metadata of their files and numbers the groups, in ORDER.
void TreeMerger::complete_links(std::span<const NodeId> order) {
  std::vector<std::uint32_t> seen(nodes_.size());  // names of each file
  std::vector<std::uint32_t> lost(nodes_.size());
  std::vector<std::uint32_t> group(nodes_.size());
  for (NodeId id = 0; id < nodes_.size(); ++id) ++(fates_[id].hidden_by == kVisible ? seen : lost)[nodes_[id].inode];
  std::uint32_t last_group = 0;
  for (const NodeId id : order) {
    Node& node = nodes_[id];
    const Node& file = nodes_[node.inode];
    if (node.inode != id) {
      std::string path = std::move(node.entry.path);
      const std::uint32_t layer = node.entry.layer;  // that gave it this name; the file may be of a lower one
      node.entry = file.entry;
      node.entry.path = std::move(path);
      node.entry.layer = layer;
      node.ordinal = file.ordinal;
    }
    const bool visible = fates_[id].hidden_by == kVisible;
    const bool shared = (visible ? seen : lost)[node.inode] > 1;
    if (shared && group[node.inode] == 0) group[node.inode] = ++last_group;
    node.entry.link_group = shared ? group[node.inode] : 0;
    fates_[id].linked = !visible && seen[node.inode] > 0;
  }
}

// Puts the nodes into ORDER where they are, one cycle of the permutation after the other.
void TreeMerger::permute(std::vector<NodeId> order) {
  for (NodeId start = 0; start < order.size(); ++start) {
    if (order[start] == start) continue;
    Node first = std::move(nodes_[start]);
    NodeId at = start;
    while (order[at] != start) {
      const NodeId next = std::exchange(order[at], at);
      nodes_[at] = std::move(nodes_[next]);
      at = next;
    }
    nodes_[at] = std::move(first);
    order[at] = at;
  }
}

MergedTree TreeMerger::finish() && {
  const std::vector<NodeId> order = in_order();
  complete_links(order);
  MergedTree tree;
  tree.places.reserve(names_.size());
  for (const NodeId id : order)  // a name's content may be in a lower layer than the name
    if (fates_[id].hidden_by == kVisible)
      tree.places.push_back({nodes_[nodes_[id].inode].entry.layer, nodes_[id].ordinal});
  names_.clear();  // it looks into the nodes' paths
  permute(order);
  for (const NodeId id : order) {
    Node& node = nodes_.front();
    if (const Fate& fate = fates_[id]; fate.hidden_by == kVisible)
      tree.entries.push_back(std::move(node.entry));
    else if (!node.entry.implied)
      tree.shadowed.push_back({std::move(node.entry), fate.hidden_by, fate.deleted, fate.linked});
    nodes_.pop_front();
  }
  return tree;
}

}  // namespace winnow
