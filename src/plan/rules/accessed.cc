// SPDX-License-Identifier: Apache-2.0
// Rule: what the workload touched is kept, with every link it went through and the directories it wrote into.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "plan/decisions.h"

namespace winnow {

namespace {

// What is opened on a mount is not what the image has there.
void keep_touched(Decisions& plan, const Attribution& found, std::string_view rule, const std::string& when) {
  const Access& access = *found.access;
  if (found.label == Label::kOtherMount) return plan.keep(*found.entry, {std::string(kMount), access.by, when});
  const std::string_view name = plan.walks().only_walked(found) ? kWalked : rule;
  Reason why{std::string(name), access.by, when, access.kinds};
  if (!access.kinds.has(Kind::kWanted)) why.first_ms = access.first_ms;
  plan.keep(*found.entry, why);
}

}  // namespace

void seed_accessed(Decisions& plan, std::string_view rule) {
  for (const Attribution& found : plan.accesses()) {
    if (found.label == Label::kMiss || found.label == Label::kUnplaced) continue;
    const Access& access = *found.access;
    // What was only wanted on a slim image has no moment in a run of the source image.
    const std::string kinds = fmt::format("{}", fmt::join(access.kinds.names(), ", "));
    const std::string when =
        access.kinds.has(Kind::kWanted) ? kinds : fmt::format("{} at {} ms", kinds, access.first_ms);
    for (const EntryId hop : found.hops)
      plan.keep(hop, {std::string(kSymlink), access.by, fmt::format("on the way to {}, {}", access.path, when)});
    if (found.entry) keep_touched(plan, found, rule, when);
    // The name is new or on another file system: the directory that holds it must be there, as it was.
    if (found.directory) {
      const std::string_view name = found.label == Label::kOtherMount ? kMount : kCreatedIn;
      plan.keep(*found.directory, {std::string(name), access.by, fmt::format("{}: {}", access.path, when)});
    }
  }
}

}  // namespace winnow
