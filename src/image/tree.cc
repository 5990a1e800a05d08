// SPDX-License-Identifier: Apache-2.0
// Stacking layers: whiteouts, replacements, hard links and implied directories.
#include "image/tree.h"

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

}  // namespace

TreeMerger::TreeMerger(Budget& budget) : budget_(budget) {
  Entry root;
  root.type = EntryType::kDirectory;
  root.mode = 0755;
  root.implied = true;
  names_["/"] = {new_inode(std::move(root), 0), 0};
}

std::uint32_t TreeMerger::new_inode(Entry entry, std::uint32_t ordinal) {
  entry.layer = layer_;
  inodes_.push_back(std::move(entry));
  ordinals_.push_back(ordinal);
  return static_cast<std::uint32_t>(inodes_.size() - 1);
}

// Forgets everything below PATH, and PATH too when ITSELF.
void TreeMerger::hide(std::string_view path, bool itself) {
  const std::string below = path == "/" ? "/" : std::string(path) + "/";
  std::string behind = below;
  behind.back() = '/' + 1;
  names_.erase(names_.upper_bound(below), names_.lower_bound(behind));
  if (!itself) return;
  if (const auto name = names_.find(path); name != names_.end()) names_.erase(name);
}

Result<void> TreeMerger::white_out(const std::string& path) {
  const std::string_view name = name_of(path);
  const std::string_view parent = parent_of(path);
  if (name == kOpaque) {
    hide(parent, false);
    return {};
  }
  const std::string_view hidden = name.substr(kWhiteout.size());
  if (hidden.empty() || hidden == "." || hidden == "..") return fail(printable(path) + ": a whiteout of nothing");
  hide((parent == "/" ? "/" : std::string(parent) + "/") + std::string(hidden), true);
  return {};
}

Result<void> TreeMerger::apply(std::vector<TarMember> members) {
  std::erase_if(members, [](const TarMember& member) { return is_aufs_metadata(member.entry.path); });
  const auto is_whiteout = [](const TarMember& member) { return name_of(member.entry.path).starts_with(kWhiteout); };
  for (const TarMember& member : members)
    if (is_whiteout(member))
      if (auto done = white_out(member.entry.path); !done) return done;
  for (TarMember& member : members)
    if (!is_whiteout(member))
      if (auto done = add(member); !done) return done;
  ++layer_;
  return {};
}

Result<void> TreeMerger::add(TarMember& member) {
  const bool directory = member.hard_link.empty() && member.entry.type == EntryType::kDirectory;
  const std::string listed = std::move(member.entry.path);
  if (listed == "/" && !directory) return fail("the root is not a directory");
  auto path = listed == "/" ? listed : home_of(listed);
  if (!path) return std::unexpected(path.error());
  Name name{0, layer_};
  if (member.hard_link.empty()) {
    name.inode = new_inode(std::move(member.entry), member.ordinal);
  } else {
    const auto target = linked(member);
    if (!target) return std::unexpected(target.error().within(printable(listed)));
    name.inode = target->inode;
  }
  put(*path, name);
  return {};
}

void TreeMerger::put(const std::string& path, Name name) {
  if (!is_directory(name)) hide(path, false);
  names_[path] = name;
}

// What a hard link names: something of this layer, or of a lower one that is still to be seen.
Result<TreeMerger::Name> TreeMerger::linked(const TarMember& member) {
  auto target = names_.find(member.hard_link);
  if (target == names_.end()) {
    const auto home = home_of(member.hard_link);
    if (!home) return std::unexpected(home.error());
    target = names_.find(*home);
  }
  if (target == names_.end()) return fail("a hard link to " + printable(member.hard_link) + ", which is not there");
  if (is_directory(target->second)) return fail("a hard link to the directory " + printable(member.hard_link));
  return target->second;
}

Result<void> TreeMerger::imply(const std::string& path) {
  if (path.size() > kMaxPath) return fail(printable(path) + ": a path that links make too long");
  if (auto paid = budget_.charge(path.size()); !paid) return paid;
  Entry directory;
  directory.type = EntryType::kDirectory;
  directory.mode = 0755;
  directory.implied = true;
  put(path, {new_inode(std::move(directory), 0), layer_});
  return {};
}

// The path at which PATH's last component goes, once its parents are directories of the tree.
Result<std::string> TreeMerger::home_of(const std::string& path) {
  const std::string_view parent = parent_of(path);
  if (const auto known = names_.find(parent); known != names_.end() && is_directory(known->second)) return path;
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
    if (part == ".") continue;
    if (part == "..") {
      here.resize(here.empty() ? 0 : here.rfind('/'));
      continue;
    }
    std::string next = here;
    next.append("/").append(part);
    const auto found = names_.find(next);
    if (found == names_.end() || (!is_directory(found->second) && found->second.layer != layer_)) {
      if (auto implied = imply(next); !implied) return std::unexpected(implied.error());
    } else if (const Entry& entry = entry_of(found->second); entry.type == EntryType::kSymlink) {
      if (++links > kMaxLinks) return fail(printable(path) + ": too many links on the way");
      if (entry.link_target.starts_with('/')) here.clear();
      push(entry.link_target);
      continue;
    } else if (entry.type != EntryType::kDirectory) {
      return fail(printable(path) + ": below " + printable(next) + ", which is a " + std::string(name_of(entry.type)));
    }
    here = std::move(next);
  }
  here.append("/").append(name_of(path));
  if (here.size() > kMaxPath) return fail(printable(path) + ": a path that links make too long");
  return here;
}

MergedTree TreeMerger::finish() && {
  std::vector<std::uint32_t> names_per_inode(inodes_.size(), 0);
  for (const auto& [path, name] : names_) ++names_per_inode[name.inode];
  std::vector<std::uint32_t> groups(inodes_.size(), 0);
  std::uint32_t last_group = 0;
  MergedTree tree;
  tree.entries.reserve(names_.size());
  tree.origins.reserve(names_.size());
  for (const auto& [path, name] : names_) {
    const bool shared = names_per_inode[name.inode] > 1;
    if (shared && groups[name.inode] == 0) groups[name.inode] = ++last_group;
    Entry& inode = inodes_[name.inode];
    Entry& entry = tree.entries.emplace_back(shared ? inode : std::move(inode));
    entry.path = path;
    entry.link_group = groups[name.inode];
    tree.origins.push_back({entry.layer, ordinals_[name.inode]});
  }
  return tree;
}

}  // namespace winnow
