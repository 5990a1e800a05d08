// SPDX-License-Identifier: Apache-2.0
// Tells an import system's search for modules from a program's own reading of a directory.
#include "winnow/plan/listed.h"

#include <algorithm>
#include <map>
#include <set>

#include "winnow/base/path.h"

namespace winnow {
namespace {

using Programs = std::set<std::string_view>;

// Without the runtime's own.
Programs of_the_container(Programs programs) {
  std::erase_if(programs, [](std::string_view program) { return !program.starts_with('/'); });
  return programs;
}

Programs programs_of(const Access& access) {
  Programs programs = {access.also_by.begin(), access.also_by.end()};
  programs.insert(access.by);
  return of_the_container(std::move(programs));
}

// Programs that Python runs in, whatever they are called: it loads the package "encodings" before anything else.
Programs pythons(std::span<const Attribution> accesses) {
  Programs all;
  for (const Attribution& found : accesses) {
    const Access& access = *found.access;
    if (found.label != Label::kEntry || !access.kinds.has(Kind::kOpen)) continue;
    const std::string_view path = access.resolved.empty() ? access.path : access.resolved;
    std::string_view directory = parent_of(path);
    if (base_name(directory) == "__pycache__") directory = parent_of(directory);
    if (base_name(directory) == "encodings" && base_name(path).starts_with("__init__.")) all.merge(programs_of(access));
  }
  return all;
}

// Directories of sys.path or of a package's __path__: a module was loaded from there, or at least looked for by its
// file name ("json/__init__.abi3.so").
std::set<std::string_view> module_directories(std::span<const Attribution> accesses, const Index& index) {
  std::set<std::string_view> all;
  for (const Attribution& found : accesses) {
    const std::string_view path = found.entry ? index.entries[*found.entry].path : found.access->path;
    const std::string_view name = base_name(path);
    if (!name.ends_with(".py") && !name.ends_with(".pyc") && !name.ends_with(".so")) continue;
    std::string_view directory = parent_of(path);
    if (base_name(directory) == "__pycache__") directory = parent_of(directory);
    all.insert(directory);
    if (name.starts_with("__init__.")) all.insert(parent_of(directory));
  }
  return all;
}

// The directories that Python looks for modules in before anybody adds one: Modules/getpath.py finds the first by its
// os.py and lib-dynload by its name, site.py (Debian's too) knows the others by theirs. An application may have an
// os.py.
bool is_pythons_library(const Index& index, std::string_view directory) {
  const auto has_os = [&](std::string_view where) {
    return index.find(std::string(where) + "/os.py") && index.find(std::string(where) + "/encodings");
  };
  const std::string_view name = base_name(directory);
  return name == "site-packages" || name == "dist-packages" || has_os(directory) ||
         (name == "lib-dynload" && has_os(parent_of(directory)));
}

bool is_in_pythons_library(const Index& index, std::string_view path) {
  for (; path != "/"; path = parent_of(path))
    if (is_pythons_library(index, path)) return true;
  return false;
}

// A volume of the image is filled with what the image has there; other mounts hide that.
bool is_in_volume(const Index& index, std::string_view path) {
  return std::ranges::any_of(index.config.volumes,
                             [&](const std::string& volume) { return is_below(path, normal_path(volume)); });
}

bool shows_the_image(const Attribution& found, const Index& index) {
  if (found.label == Label::kOtherMount) return found.entry && is_in_volume(index, index.entries[*found.entry].path);
  return found.label == Label::kEntry;
}

// Who read the names of one directory, and for what.
struct Readers {
  const Access* access = nullptr;
  Programs listing, searching;
};

}  // namespace

std::vector<ListedDirectory> listed_directories(std::span<const Attribution> accesses, const Index& index) {
  std::map<EntryId, Readers> directories;
  for (const Attribution& found : accesses) {
    const Access& access = *found.access;
    if (!shows_the_image(found, index) || index.entries[*found.entry].type != EntryType::kDirectory) continue;
    auto listing = of_the_container({access.listed_by.begin(), access.listed_by.end()});
    auto searching = access.kinds.has(Kind::kSearch) ? programs_of(access) : Programs{};
    if (listing.empty() && searching.empty()) continue;
    Readers& readers = directories[*found.entry];
    if (readers.access == nullptr || access.first_ms < readers.access->first_ms) readers.access = &access;
    readers.listing.merge(listing);
    readers.searching.merge(searching);
  }
  const auto importers = pythons(accesses);
  const auto modules = module_directories(accesses, index);
  std::vector<ListedDirectory> all;
  for (const auto& [id, readers] : directories) {
    const std::string& path = index.entries[id].path;
    const bool by_python = std::ranges::includes(importers, readers.listing) && is_pythons_library(index, path);
    const bool may_import = std::ranges::any_of(readers.searching, [&](auto by) { return importers.contains(by); });
    const bool is_search = by_python || (readers.listing.empty() && may_import && modules.contains(path));
    const auto& programs = readers.listing.empty() ? readers.searching : readers.listing;
    all.push_back(
        {id, readers.access, {programs.begin(), programs.end()}, is_search, is_in_pythons_library(index, path)});
  }
  return all;
}

}  // namespace winnow
