// SPDX-License-Identifier: Apache-2.0
// Rule: the ELF interpreter and the needed libraries of a kept file are kept, found as ld.so(8) would, from bytes
// alone.
#include <fmt/format.h>

#include <algorithm>

#include "plan/decisions.h"

namespace winnow {
namespace {

// Below a directory that is searched: variants for processors that can do more. The slim image may run on another one.
constexpr std::string_view kVariants[] = {"tls", "haswell", "avx512_1", "x86_64"};

constexpr std::string_view kNeeded = "DT_NEEDED ";
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

bool fits(const Entry& candidate, const ElfFacts& asking) {
  if (candidate.facts == nullptr || !candidate.facts->elf) return false;
  return candidate.facts->elf->machine == asking.machine && candidate.facts->elf->is_64 == asking.is_64;
}

// Finds what one file needs, in the order in which its loader would look.
class Loader {
 public:
  Loader(Decisions& plan, const Entry& asking) : plan_(plan), asking_(asking), elf_(*asking.facts->elf) {
    const bool musl = is_musl(elf_);
    if (elf_.runpath.empty() || musl) add_inherited();
    const LoaderPaths& paths = plan.loader_paths();
    append(paths.environment);
    add(elf_.runpath, asking.path);
    append(musl ? paths.musl : paths.glibc);
  }

  void keep(const std::string& name, const Reason& reason) {
    if (name.find('/') != std::string::npos) {
      plan_.keep_path(name, reason);
      return;
    }
    for (const std::string& directory : dirs_) {
      const bool found = keep_from(directory, name, reason);
      if (keep_variants(directory, name, reason) || found) return;
    }
  }

 private:
  // DT_RPATH of the file and of those that needed it, up to the program (ld.so(8)).
  void add_inherited() {
    constexpr int kLongestChain = 32;
    const Entry* file = &asking_;
    for (int i = 0; file != nullptr && i < kLongestChain; ++i) {
      if (file->facts && file->facts->elf && file->facts->elf->runpath.empty())
        add(file->facts->elf->rpath, file->path);
      file = needed_by(*file);
    }
  }
  [[nodiscard]] const Entry* needed_by(const Entry& file) const {
    const auto id = plan_.index().find(file.path);
    for (const Reason& reason : plan_.reasons(*id))
      if (reason.detail.starts_with(kNeeded))
        if (const auto from = plan_.index().find(reason.from)) return &plan_.entry(*from);
    return nullptr;
  }
  void append(const std::vector<std::string>& directories) {
    dirs_.insert(dirs_.end(), directories.begin(), directories.end());
  }
  void add(const std::vector<std::string>& directories, std::string_view file) {
    for (const std::string& directory : directories)
      if (std::string path = expand(directory, parent_of(file));
          plan_.spend(path.size()) && path.size() <= kLongestPath)
        dirs_.push_back(std::move(path));
  }

  bool keep_from(std::string_view directory, const std::string& name, const Reason& reason) {
    const std::string path = fmt::format("{}/{}", directory, name);
    const Resolution walk = plan_.index().resolve(path);
    const auto entry = plan_.spend(path.size() + walk.steps * 16) ? walk.entry : std::nullopt;
    return entry && fits(plan_.entry(*entry), elf_) && plan_.keep_path(path, reason);
  }
  bool keep_variants(const std::string& directory, const std::string& name, const Reason& reason) {
    bool found = false;
    plan_.each_child(directory + "/glibc-hwcaps",
                     [&](EntryId id) { found = keep_from(plan_.entry(id).path, name, reason) || found; });
    for (const std::string_view variant : kVariants)
      found = keep_from(fmt::format("{}/{}", directory, variant), name, reason) || found;
    return found;
  }

  Decisions& plan_;
  const Entry& asking_;
  const ElfFacts& elf_;
  std::vector<std::string> dirs_;
};

}  // namespace

void each_elf(Decisions& plan, EntryId kept, std::string_view rule) {
  const Entry& file = plan.entry(kept);
  if (file.facts == nullptr || !file.facts->elf) return;
  const ElfFacts& elf = *file.facts->elf;
  if (!elf.interpreter.empty())
    plan.keep_path(elf.interpreter, {std::string(rule), file.path, "PT_INTERP " + elf.interpreter});
  if (elf.needed.empty() || plan.exhausted()) return;
  Loader loader(plan, file);
  for (const std::string& name : elf.needed)
    if (!plan.exhausted()) loader.keep(name, {std::string(rule), file.path, std::string(kNeeded) + name});
}

}  // namespace winnow
