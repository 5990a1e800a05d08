// SPDX-License-Identifier: Apache-2.0
// Looking things up in the merged tree: exact paths, and paths as the kernel walks them.
#include "winnow/index/index.h"

#include <algorithm>
#include <array>
#include <unordered_set>

#include "winnow/base/path.h"

namespace winnow {
namespace {

constexpr std::array<std::string_view, 6> kTypeNames = {"file",        "directory",    "symlink",
                                                        "char-device", "block-device", "fifo"};

std::string_view path_of(const Entry& entry) { return entry.path; }

// One walk of path_resolution(7) from the root.
class Walk {
 public:
  explicit Walk(const Index& index) : index_(index) {}

  Resolution run(std::string_view path, bool follow_last) {
    if (path.empty()) return std::move(result_);  // ENOENT
    must_be_directory_ = path.ends_with('/');
    push(path);
    EntryId at = 0;
    while (!pending_.empty()) {
      const std::string part = std::move(pending_.back());
      pending_.pop_back();
      ++result_.steps;
      if (part == "." || part == "..") {
        if (part == "..") leave();
        at = result_.deepest;
        must_be_directory_ |= pending_.empty();
        continue;
      }
      const auto next = index_.find(here_ + "/" + part);
      if (!next) return std::move(result_);
      const bool last = pending_.empty();
      const Entry& entry = index_.entries[*next];
      if (entry.type == EntryType::kSymlink && (!last || follow_last || must_be_directory_)) {
        if (!follow(*next)) return std::move(result_);
        at = result_.deepest;
        continue;
      }
      at = *next;
      if (entry.type == EntryType::kDirectory) {
        here_ = entry.path;
        result_.deepest = at;
      } else if (!last) {
        return std::move(result_);  // ENOTDIR
      }
    }
    if (!must_be_directory_ || index_.entries[at].type == EntryType::kDirectory) result_.entry = at;
    return std::move(result_);
  }

 private:
  void push(std::string_view path) {
    const auto parts = components_of(path);
    pending_.insert(pending_.end(), parts.rbegin(), parts.rend());
  }
  void leave() {
    if (here_.empty()) return;  // the root's ".." is the root
    result_.hops.push_back(result_.deepest);
    here_.resize(here_.rfind('/'));
    result_.deepest = here_.empty() ? 0 : index_.find(here_).value_or(0);
  }
  bool follow(EntryId link) {
    const std::string& target = index_.entries[link].link_target;
    if (target.empty()) return false;  // ENOENT
    result_.hops.push_back(link);
    result_.loops = ++links_ > kMaxSymlinks;
    if (result_.loops) return false;  // ELOOP
    if (pending_.empty() && target.ends_with('/')) must_be_directory_ = true;
    if (target.starts_with('/')) {
      here_.clear();
      result_.deepest = 0;
    }
    push(target);
    return true;
  }

  const Index& index_;
  Resolution result_;
  std::vector<std::string> pending_;  // components still to walk, the next one last
  std::string here_;                  // path of result_.deepest; empty for the root
  bool must_be_directory_ = false;
  int links_ = 0;
};

}  // namespace

std::string_view to_string(EntryType type) { return kTypeNames.at(static_cast<std::size_t>(type)); }

std::optional<EntryType> entry_type_from_name(std::string_view name) {
  const auto* const found = std::ranges::find(kTypeNames, name);
  if (found == kTypeNames.end()) return std::nullopt;
  return static_cast<EntryType>(found - kTypeNames.begin());
}

std::optional<EntryId> Index::find(std::string_view path) const {
  const auto found = std::ranges::lower_bound(entries, path, {}, path_of);
  if (found == entries.end() || found->path != path) return std::nullopt;
  return static_cast<EntryId>(found - entries.begin());
}

EntryIds Index::starting_with(std::string_view prefix) const {
  const auto first = std::ranges::lower_bound(entries, prefix, {}, path_of);
  const auto last = std::ranges::partition_point(first, entries.end(),
                                                 [&](const Entry& entry) { return entry.path.starts_with(prefix); });
  return {static_cast<EntryId>(first - entries.begin()), static_cast<EntryId>(last - entries.begin())};
}

EntryIds Index::below(std::string_view path) const {
  const EntryIds ids = starting_with(path == "/" ? "/" : std::string(path) + "/");
  const bool root = !ids.empty() && entries[ids.front()].path == "/";
  return {*ids.begin() + (root ? 1 : 0), *ids.end()};
}

Children::Children(const Index& index, std::string_view path)
    : begin_(index, index.below(path), path == "/" ? 1 : path.size() + 1) {}

Children::Iterator::Iterator(const Index& index, EntryIds below, std::size_t prefix)
    : index_(&index), at_(*below.begin()), end_(*below.end()), prefix_(prefix) {
  skip_trees();
}

Children::Iterator& Children::Iterator::operator++() {
  ++at_;
  skip_trees();
  return *this;
}

void Children::Iterator::skip_trees() {
  while (at_ != end_) {
    const std::string_view path = index_->entries[at_].path;
    const std::size_t slash = path.find('/', prefix_);
    if (slash == std::string_view::npos) return;
    at_ = *index_->starting_with(path.substr(0, slash + 1)).end();
  }
}

Resolution Index::resolve(std::string_view path, bool follow_last) const {
  return entries.empty() ? Resolution{} : Walk(*this).run(path, follow_last);
}

std::uint64_t Index::bytes() const {
  std::uint64_t sum = 0;
  std::unordered_set<std::uint32_t> counted;
  for (const Entry& entry : entries)
    if (entry.link_group == 0 || counted.insert(entry.link_group).second) sum += entry.size;
  return sum;
}

std::uint64_t Index::shadowed_bytes() const {
  std::uint64_t sum = 0;
  std::unordered_set<std::uint32_t> counted;
  for (const Shadowed& version : shadowed) {
    const Entry& entry = version.entry;
    if (!version.linked && (entry.link_group == 0 || counted.insert(entry.link_group).second)) sum += entry.size;
  }
  return sum;
}

}  // namespace winnow
