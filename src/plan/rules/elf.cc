// SPDX-License-Identifier: Apache-2.0
// Rule: the ELF interpreter and the needed libraries of a kept file are kept, found as ld.so(8) would, from bytes
// alone.
#include <fmt/format.h>

#include <algorithm>

#include "plan/decisions.h"

namespace winnow {
namespace {

// Directories that glibc's and musl's loaders search last, with Debian's multiarch ones.
constexpr std::string_view kDefaultDirs[] = {
    "/lib",
    "/usr/lib",
    "/lib64",
    "/usr/lib64",
    "/usr/local/lib",
    "/lib/x86_64-linux-gnu",
    "/usr/lib/x86_64-linux-gnu",
    "/lib/aarch64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/lib/i386-linux-gnu",
    "/usr/lib/i386-linux-gnu",
};

constexpr std::size_t kLongestPath = 4096;  // PATH_MAX

// $ORIGIN and $LIB in a search path (ld.so(8), "Dynamic string tokens"); others make it unusable here.
std::string expand(std::string_view directory, std::string_view origin) {
  std::string text(directory);
  for (const auto& [token, value] : std::initializer_list<std::pair<std::string_view, std::string_view>>{
           {"${ORIGIN}", origin}, {"$ORIGIN", origin}, {"${LIB}", "lib"}, {"$LIB", "lib"}})
    for (std::size_t at = text.find(token); at != std::string::npos && text.size() <= kLongestPath;
         at = text.find(token, at + value.size()))
      text.replace(at, token.size(), value);
  return text;
}

// The directories that the files of /etc/ld.so.conf.d, ld.so.conf itself and musl's path file name, one a line.
std::vector<std::string> configured_dirs(const Index& index) {
  constexpr std::string_view kPrefix = "/etc/ld";  // entries are sorted by path: these stand side by side
  std::vector<std::string> dirs;
  auto at =
      std::ranges::lower_bound(index.entries, kPrefix, {}, [](const Entry& e) { return std::string_view(e.path); });
  for (; at != index.entries.end() && at->path.starts_with(kPrefix); ++at) {
    const bool loader_file = at->path.starts_with("/etc/ld.so.conf") || at->path.starts_with("/etc/ld-musl-");
    if (!loader_file || at->facts == nullptr || !at->facts->text) continue;
    std::string_view rest = *at->facts->text;
    while (!rest.empty()) {
      const std::string_view line = rest.substr(0, rest.find_first_of("\n:"));
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
      if (line.starts_with('/')) dirs.emplace_back(line);
    }
  }
  return dirs;
}

bool fits(const Entry& candidate, const ElfFacts& asking) {
  if (candidate.facts == nullptr || !candidate.facts->elf) return false;
  return candidate.facts->elf->machine == asking.machine && candidate.facts->elf->is_64 == asking.is_64;
}

void keep_library(Decisions& plan, const Entry& asking, const std::string& name, const Reason& reason) {
  const ElfFacts& elf = *asking.facts->elf;
  if (name.find('/') != std::string::npos) {
    plan.keep_path(name, reason);
    return;
  }
  const auto found_in = [&](std::string_view directory) {
    const std::string path = fmt::format("{}/{}", directory, name);
    const Resolution walk = plan.index().resolve(path);
    const auto entry = plan.spend(path.size() + walk.steps * 16) ? walk.entry : std::nullopt;
    return entry && fits(plan.entry(*entry), elf) && plan.keep_path(path, reason);
  };
  const std::string_view origin = parent_of(asking.path);
  // DT_RPATH counts only where there is no DT_RUNPATH (gABI).
  for (const std::string& directory : elf.runpath.empty() ? elf.rpath : elf.runpath)
    if (const std::string path = expand(directory, origin);
        plan.spend(path.size()) && path.size() <= kLongestPath && found_in(path))
      return;
  for (const std::string& directory : configured_dirs(plan.index()))
    if (found_in(directory)) return;
  for (const std::string_view directory : kDefaultDirs)
    if (found_in(directory)) return;
}

}  // namespace

void each_elf(Decisions& plan, EntryId kept, std::string_view rule) {
  const Entry& file = plan.entry(kept);
  if (file.facts == nullptr || !file.facts->elf) return;
  const ElfFacts& elf = *file.facts->elf;
  if (!elf.interpreter.empty())
    plan.keep_path(elf.interpreter, {std::string(rule), file.path, "PT_INTERP " + elf.interpreter});
  for (const std::string& name : elf.needed)
    if (!plan.exhausted()) keep_library(plan, file, name, {std::string(rule), file.path, "DT_NEEDED " + name});
}

}  // namespace winnow
