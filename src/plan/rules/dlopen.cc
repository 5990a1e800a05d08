// SPDX-License-Identifier: Apache-2.0
// Rule, under the policy "families": libraries that a kept program or library names in its strings, to open them when
// it needs them, are kept as far as the image's packages say that they belong together: both of one package, or the one
// depends on the other. A file that no package owns has nobody to ask: what it names is kept.
#include <fmt/format.h>

#include <algorithm>

#include "plan/loader.h"
#include "winnow/base/path.h"

namespace winnow {
namespace {

// Whether the owner of ASKING says that it wants the owner of LIBRARY, which is asked for as NAME.
bool wants(const Ownership& owners, EntryId asking, EntryId library, const std::string& name) {
  const Package* const from = owners.of(asking);
  const Package* const to = owners.of(library);
  if (!is_of_system(from) || from == to) return true;
  const auto needs = owners.needs.find(owners.owner[asking] - 1);
  if (needs == owners.needs.end()) return false;
  return std::ranges::binary_search(needs->second, name) ||
         (to != nullptr && std::ranges::binary_search(needs->second, to->name));
}

}  // namespace

void each_dlopen(Decisions& plan, EntryId kept, std::string_view rule) {
  const Entry& file = plan.entry(kept);
  if (plan.options().policy != Policy::kFamilies || !file.facts || !file.facts->elf) return;
  if (file.facts->mentions.empty()) return;
  Loader loader(plan, kept);
  for (const std::string& name : file.facts->mentions) {
    if (plan.exhausted()) return;
    auto paths = loader.find(name);
    if (paths.empty()) paths.push_back(fmt::format("{}/{}", parent_of(file.path), name));
    for (const std::string& path : paths) {
      const auto library = plan.index().resolve(path).entry;
      if (library && wants(plan.owners(), kept, *library, name))
        plan.keep_path(path, {std::string(rule), file.path, "it names " + name});
    }
  }
}

}  // namespace winnow
