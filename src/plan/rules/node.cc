// SPDX-License-Identifier: Apache-2.0
// Rule: the package.json files that Node.js reads to place a module are kept: the nearest one above it says whether it
// is an ES module, that of its package how to enter it.
#include <fmt/format.h>

#include <algorithm>

#include "plan/decisions.h"
#include "winnow/base/path.h"

namespace winnow {

void each_node(Decisions& plan, EntryId kept, std::string_view rule) {
  constexpr std::string_view kSuffixes[] = {".js", ".mjs", ".cjs", ".node", ".json"};
  const std::string& path = plan.entry(kept).path;
  if (std::ranges::none_of(kSuffixes, [&](std::string_view type) { return path.ends_with(type); })) return;
  // Node.js stops at the first one it finds, and at node_modules (Modules: Packages, "Determining module system").
  for (std::string_view above = parent_of(path); base_name(above) != "node_modules"; above = parent_of(above)) {
    const std::string file = fmt::format("{}/package.json", above == "/" ? "" : above);
    if (file == path || plan.keep_path(file, {std::string(rule), path, "tells what the module is"}) || above == "/")
      return;
  }
}

}  // namespace winnow
