// SPDX-License-Identifier: Apache-2.0
// Rule: the files that say which package of a language a kept file is of are kept: import systems read them, and
// scanners find the package by nothing else.
#include <algorithm>

#include "plan/decisions.h"

namespace winnow {

void each_metadata(Decisions& plan, EntryId kept, std::string_view rule) {
  const Package* const owner = plan.owners().of(kept);
  const Entry& file = plan.entry(kept);
  if (owner == nullptr || is_of_system(owner) || file.type == EntryType::kDirectory) return;
  const Reason why{std::string(rule), file.path, "of the same package, " + owner->str()};
  // The first file of a package brings all of it.
  const auto files = plan.metadata_of(kept);
  const auto asked = [&](const Reason& one) { return one.rule == rule; };
  if (files.empty() || std::ranges::any_of(plan.reasons(files.front()), asked)) return;
  for (const EntryId id : files) plan.keep(id, why);
}

}  // namespace winnow
