// SPDX-License-Identifier: Apache-2.0
// The directories that a loader searches for one file, in its order, and what it finds there.
#include "plan/loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "winnow/base/path.h"

namespace winnow {
namespace {

// Below a directory that is searched: variants for processors that can do more. The slim image may run on another one.
constexpr std::string_view kVariants[] = {"tls", "haswell", "avx512_1", "x86_64"};

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

bool is_musl(const ElfFacts& elf) {
  const auto names_musl = [](const std::string& name) { return name.find("musl") != std::string::npos; };
  return names_musl(elf.interpreter) || std::ranges::any_of(elf.needed, names_musl);
}

}  // namespace

Loader::Loader(Decisions& plan, EntryId asking) : plan_(plan), asking_(asking), elf_(*plan.entry(asking).facts->elf) {
  const bool musl = is_musl(elf_);
  if (elf_.runpath.empty() || musl) add_inherited();
  const LoaderPaths& paths = plan.loader_paths();
  append(paths.environment);
  add(elf_.runpath, plan.entry(asking).path);
  append(musl ? paths.musl : paths.glibc);
}

std::vector<std::string> Loader::find(const std::string& name) {
  if (name.find('/') != std::string::npos) return {name};
  std::vector<std::string> found;
  const auto look = [&](std::string path) {
    if (fits(path)) found.push_back(std::move(path));
  };
  for (const std::string& directory : dirs_) {
    if (!found.empty()) break;
    look(fmt::format("{}/{}", directory, name));
    plan_.each_child(directory + "/glibc-hwcaps",
                     [&](EntryId id) { look(fmt::format("{}/{}", plan_.entry(id).path, name)); });
    for (const std::string_view variant : kVariants) look(fmt::format("{}/{}/{}", directory, variant, name));
  }
  return found;
}

// DT_RPATH of the file and of those that needed it, up to the program (ld.so(8)).
void Loader::add_inherited() {
  constexpr int kLongestChain = 32;
  std::optional<EntryId> id = asking_;
  for (int i = 0; id && i < kLongestChain; ++i) {
    const Entry& file = plan_.entry(*id);
    if (file.facts && file.facts->elf && file.facts->elf->runpath.empty()) add(file.facts->elf->rpath, file.path);
    id = plan_.needed_by(*id);
  }
}

void Loader::append(const std::vector<std::string>& directories) {
  dirs_.insert(dirs_.end(), directories.begin(), directories.end());
}

void Loader::add(const std::vector<std::string>& directories, std::string_view file) {
  for (const std::string& directory : directories)
    if (std::string path = expand(directory, parent_of(file)); plan_.spend(path.size()) && path.size() <= kLongestPath)
      dirs_.push_back(std::move(path));
}

bool Loader::fits(const std::string& path) {
  const Resolution walk = plan_.index().resolve(path);
  if (!plan_.spend(path.size() + walk.steps * 16) || !walk.entry) return false;
  const auto& facts = plan_.entry(*walk.entry).facts;
  return facts && facts->elf && facts->elf->machine == elf_.machine && facts->elf->is_64 == elf_.is_64;
}

}  // namespace winnow
