// SPDX-License-Identifier: Apache-2.0
// Rule: the directories above a kept entry are kept, with their modes and owners.
#include "plan/decisions.h"
#include "winnow/base/path.h"

namespace winnow {

void each_parent(Decisions& plan, EntryId kept, std::string_view rule) {
  const std::string& path = plan.entry(kept).path;
  const auto parent = plan.index().find(parent_of(path));
  // One reason is enough for a directory: the first entry below it that was kept.
  if (parent && !plan.kept(*parent)) plan.keep(*parent, {std::string(rule), path, "holds it"});
}

}  // namespace winnow
