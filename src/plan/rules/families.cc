// SPDX-License-Identifier: Apache-2.0
// Rule: a member that was touched brings its family along, under the policy "families" or where the user names it.
#include "plan/families.h"

#include <algorithm>

namespace winnow {

void seed_families(Decisions& plan, std::string_view rule) {
  const PlanOptions& options = plan.options();
  if (options.policy != Policy::kFamilies && options.families.empty()) return;
  for (const Family& family : families_of_accesses(plan)) {
    const bool wanted = options.policy == Policy::kFamilies ||
                        std::ranges::find(options.families, family.name) != options.families.end();
    if (!wanted) continue;
    const Reason why{std::string(rule), plan.entry(family.member).path, family.name + ": " + family.glob};
    each_member(plan, family, [&](EntryId id) { plan.keep_path(plan.entry(id).path, why); });
  }
}

}  // namespace winnow
