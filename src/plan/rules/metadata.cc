// SPDX-License-Identifier: Apache-2.0
// Rule: the files that say which package a kept file is of are kept, for import systems read them and scanners find the
// package by nothing else: those of a package of a language, those that speak for the directory that it lies in, and
// the licence that a Debian package has to come with.
#include <fmt/format.h>

#include <algorithm>

#include "plan/decisions.h"
#include "winnow/base/path.h"

namespace winnow {
namespace {

// The first file of a package brings all of it.
void keep_metadata(Decisions& plan, EntryId kept, std::string_view rule, const Package& owner) {
  const Reason why{std::string(rule), plan.entry(kept).path, "of the same package, " + owner.str()};
  const auto files = plan.metadata_of(kept);
  const auto asked = [&](const Reason& one) { return one.rule == rule; };
  if (files.empty() || std::ranges::any_of(plan.reasons(files.front()), asked)) return;
  for (const EntryId id : files) plan.keep(id, why);
}

// Debian Policy 12.5: the directory may be a link to that of another package of the same source.
void keep_licence(Decisions& plan, EntryId kept, std::string_view rule, const Package& owner) {
  plan.keep_path(fmt::format("/usr/share/doc/{}/copyright", owner.name),
                 {std::string(rule), plan.entry(kept).path, "the licence of its package, " + owner.str()});
}

}  // namespace

void each_metadata(Decisions& plan, EntryId kept, std::string_view rule) {
  const Entry& file = plan.entry(kept);
  if (file.type == EntryType::kDirectory) return;
  for (std::string_view above = parent_of(file.path); above != "/"; above = parent_of(above))
    for (const EntryId id : plan.evidence_for(above))
      if (!plan.kept(id)) plan.keep(id, {std::string(rule), file.path, fmt::format("says what lies in {}", above)});
  const Package* const owner = plan.owners().of(kept);
  if (owner == nullptr) return;
  if (!is_of_system(owner))
    keep_metadata(plan, kept, rule, *owner);
  else if (owner->manager == "deb" && plan.first_of(kept))
    keep_licence(plan, kept, rule, *owner);
}

}  // namespace winnow
