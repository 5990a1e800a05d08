// SPDX-License-Identifier: Apache-2.0
// Differences that no lookup shows: directories that were listed and have fewer names, and an image that is not made as
// its spec says.
#include <algorithm>
#include <array>
#include <map>

#include "verify/findings.h"

namespace winnow {
namespace {

// What engines put into every container, whatever its image has.
bool is_made_by_engines(std::string_view path) {
  constexpr std::array<std::string_view, 7> kMade = {
      "/proc", "/sys", "/dev", "/.dockerenv", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf"};
  return std::ranges::find(kMade, path) != kMade.end();
}

// Calls SEE with the entries of DIRECTORY, not of those below it.
template <class See>
void each_child(const Index& index, const std::string& directory, const See& see) {
  const std::string prefix = directory == "/" ? "/" : directory + "/";
  const auto first_from = [&](const std::string& path) {
    return std::ranges::lower_bound(index.entries, path, {}, &Entry::path) - index.entries.begin();
  };
  const auto end = static_cast<std::ptrdiff_t>(index.entries.size());
  for (auto at = first_from(prefix); at < end;) {
    const std::string& path = index.entries[static_cast<std::size_t>(at)].path;
    if (!path.starts_with(prefix)) return;
    const auto slash = path.find('/', prefix.size());
    if (slash != std::string::npos) {  // the whole tree below one child
      at = first_from(path.substr(0, slash) + static_cast<char>('/' + 1));
      continue;
    }
    if (path.size() > prefix.size()) see(index.entries[static_cast<std::size_t>(at)]);
    ++at;
  }
}

// The program of the container that listed it; the runtime's own do not count.
std::string reader_of(const Access& access) {
  if (access.by.starts_with('/')) return access.by;
  const auto found = std::ranges::find_if(access.also_by, [](const auto& name) { return name.starts_with('/'); });
  return found == access.also_by.end() ? "" : *found;
}

// Python reads the names in each directory of sys.path to find modules (importlib, FileFinder); what it wants it opens.
bool looks_for_modules(const Index& fat, const Access& access, const std::string& directory) {
  const auto is_python = [](std::string_view program) {
    return !program.starts_with('/') || name_of(program).starts_with("python");
  };
  if (!is_python(access.by) || !std::ranges::all_of(access.also_by, is_python)) return false;
  bool modules = false;
  each_child(fat, directory, [&](const Entry& child) {
    const std::string_view name = name_of(child.path);
    modules = modules || name.ends_with(".py") || name.ends_with(".pyc") || name.ends_with(".so") ||
              name == "__pycache__" || name.ends_with("-info");
  });
  return modules;
}

bool same_owner(const Entry& one, const Entry& other) { return one.uid == other.uid && one.gid == other.gid; }

// Modes and owners of directories that no layer lists, and of the root, are what each builder makes of them.
std::optional<Mismatch::What> difference(const Entry& wanted, const Entry& found) {
  using enum Mismatch::What;
  if (wanted.type != found.type) return kType;
  if (wanted.type == EntryType::kFile && wanted.sha256 != found.sha256) return kContent;
  if (wanted.link_target != found.link_target) return kTarget;
  if (wanted.implied || found.implied || wanted.path == "/") return std::nullopt;
  if (wanted.type != EntryType::kSymlink && wanted.mode != found.mode) return kMode;
  if (!same_owner(wanted, found)) return kOwner;
  return std::nullopt;
}

}  // namespace

std::vector<ShrunkListing> shrunk_listings(const AccessProfile& run, const Index& fat, const Present& present) {
  std::map<EntryId, ShrunkListing> found;  // a directory can be listed under many names
  for (const auto& [key, access] : run.accesses) {
    if (!access.kinds.has(Kind::kList) || access.other_mount || access.unresolved) continue;
    const auto id = fat.resolve(access.resolved.empty() ? access.path : access.resolved).entry;
    const std::string reader = reader_of(access);
    if (!id || reader.empty() || found.contains(*id)) continue;
    const std::string& directory = fat.entries[*id].path;
    if (fat.entries[*id].type != EntryType::kDirectory || is_below_mount(directory + "/")) continue;
    ShrunkListing shrunk;
    each_child(fat, directory, [&](const Entry& child) {
      if (present.has(child.path) || is_made_by_engines(child.path)) return;
      ++shrunk.lacking;
      shrunk.bytes += child.size;
      if (shrunk.names.size() < kMaxShrunkNames) shrunk.names.emplace_back(name_of(child.path));
    });
    if (shrunk.lacking == 0) continue;
    shrunk.modules = looks_for_modules(fat, access, directory);
    shrunk.directory = directory;
    shrunk.by = reader;
    shrunk.keep = (directory == "/" ? "" : glob_of(directory)) + "/*";
    found.emplace(*id, std::move(shrunk));
  }
  std::vector<ShrunkListing> all;
  all.reserve(found.size());
  for (auto& [id, shrunk] : found) all.push_back(std::move(shrunk));
  return all;
}

std::vector<Mismatch> mismatches(const KeepSpec& spec, const Index& slim) {
  std::vector<Mismatch> all;
  const auto check = [&](const Entry& wanted) {
    const auto id = slim.find(wanted.path);
    const auto what = id ? difference(wanted, slim.entries[*id]) : Mismatch::What::kLacks;
    if (what) all.push_back({*what, wanted.path});
  };
  for (const KeptEntry& kept : spec.entries) check(kept.entry);
  for (const Addition& addition : spec.additions) check(addition.entry);
  return all;
}

}  // namespace winnow
