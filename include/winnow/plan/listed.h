// SPDX-License-Identifier: Apache-2.0
// Directories of an image whose names a workload read, and what it read them for.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "winnow/attribute/attribute.h"
#include "winnow/index/index.h"

namespace winnow {

struct ListedDirectory {
  EntryId directory = 0;
  const Access* access = nullptr;  // the first that read its names
  // Of the container, that read its names; of a search, that touched it by a name that it was searched under. Not
  // empty.
  std::vector<std::string_view> programs;
  // An import system read them to find modules, and nobody else did: what it wants there it looks up by name.
  bool is_search = false;
  bool in_library = false;  // of Python: the standard library, site-packages, dist-packages, or below them
};

// Each directory once, in the order of the index, whatever names it was read under; those of the image's volumes, too.
// A search is what the recorder calls so, by a program that Python runs in, in a directory of modules: one was loaded
// from there. Of the directories that each Python searches (the standard library, lib-dynload, site-packages,
// dist-packages) any reading is a search as long as only Python read: site.py lists them in each start for .pth files,
// importlib.metadata for dist-info. ACCESSES must outlive the result.
std::vector<ListedDirectory> listed_directories(std::span<const Attribution> accesses, const Index& index);

}  // namespace winnow
