// SPDX-License-Identifier: Apache-2.0
// Finds the directories of an image in which a workload read the names, and whether it only searched for modules.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "winnow/attribute/attribute.h"
#include "winnow/index/index.h"

namespace winnow {

struct ListedDirectory {
  EntryId directory = 0;
  const Access* access = nullptr;  // the earliest access that read its names
  // Programs of the container that read its names; if it was only searched, those that touched it. Sorted, not empty.
  std::vector<std::string_view> programs;
  // Only an import system read the names, to find modules. It then looks up what it wants by name, so the other names
  // need not be kept.
  bool is_search = false;
  bool in_library = false;  // it is Python's standard library, site-packages or dist-packages, or below one of them
};

// Returns each such directory once, in the order of the index, even if it was read under several names; directories of
// the image's volumes are among them. IS_SEARCH is set in two cases. First: all accesses that read the names are
// searches (Kind::kSearch), one of them by a program that runs Python, and a module was loaded from or looked for in
// the directory. Second: apart from searches, only programs that run Python read the names, and it is a directory that
// each Python reads (the standard library, lib-dynload, site-packages, dist-packages): site.py lists these at each
// start for .pth files, importlib.metadata for dist-info. ACCESSES must outlive the result.
std::vector<ListedDirectory> listed_directories(std::span<const Attribution> accesses, const Index& index);

}  // namespace winnow
