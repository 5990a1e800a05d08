// SPDX-License-Identifier: Apache-2.0
// Differences that no lookup shows: directories that were listed and have fewer names, and an image that is not made as
// its spec says.
#include <algorithm>
#include <array>

#include "verify/findings.h"
#include "winnow/base/glob.h"
#include "winnow/base/path.h"
#include "winnow/plan/listed.h"

namespace winnow {
namespace {

// What engines put into every container, whatever its image has.
bool is_made_by_engines(std::string_view path) {
  constexpr std::array<std::string_view, 7> kMade = {
      "/proc", "/sys", "/dev", "/.dockerenv", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf"};
  return std::ranges::find(kMade, path) != kMade.end();
}

// Whether the run found something at PATH, or made it before LISTED_MS: a listing has that then, too.
bool is_there(const AccessProfile& run, const std::string& path, std::uint64_t listed_ms) {
  const auto at = run.accesses.lower_bound({path, ""});
  if (at == run.accesses.end() || at->first.first != path) return false;
  const Access& access = at->second;
  const bool made = access.kinds.only(Kind::kDir) || access.kinds == (Kinds(Kind::kDir) |= Kind::kMiss);
  return made ? access.first_ms <= listed_ms : !access.kinds.only(Kind::kMiss);
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

std::vector<ShrunkListing> shrunk_listings(const AccessProfile& run, const KeepSpec& spec, const Index& source,
                                           const Present& present) {
  std::vector<ShrunkListing> all;
  for (const ListedDirectory& listed : listed_directories(attribute(run, source), source)) {
    const std::string& directory = source.entries[listed.directory].path;
    if (is_below_mount(directory + "/")) continue;
    ShrunkListing shrunk{.dropped = true};
    for (const EntryId id : source.children(directory)) {
      const Entry& child = source.entries[id];
      if (present.has(child.path) || is_made_by_engines(child.path) ||
          is_there(run, child.path, listed.access->first_ms))
        continue;
      ++shrunk.lacking;
      shrunk.bytes += child.size;
      shrunk.dropped = shrunk.dropped && spec.dropped_by(child.path) != nullptr;
      if (shrunk.names.size() < kMaxShrunkNames) shrunk.names.emplace_back(base_name(child.path));
    }
    if (shrunk.lacking == 0) continue;
    shrunk.directory = directory;
    shrunk.modules = listed.is_search;
    shrunk.by = listed.programs.front();
    shrunk.also_by.insert(listed.programs.begin() + 1, listed.programs.end());
    shrunk.keep = (directory == "/" ? "" : literal_glob(directory)) + "/*";
    all.push_back(std::move(shrunk));
  }
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
