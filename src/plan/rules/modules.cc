// SPDX-License-Identifier: Apache-2.0
// Rule: modules that a library picks by what it is asked for come together once one was touched, where they are few
// and small: SASL mechanisms, OpenSSL's providers and engines. iconv's many are not, but their list is.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "plan/decisions.h"
#include "winnow/base/path.h"

namespace winnow {

void seed_modules(Decisions& plan, std::string_view rule) {
  constexpr std::string_view kWhole[] = {"sasl2", "ossl-modules", "engines-3", "engines-1.1"};
  std::set<std::string> seen;
  for (const Attribution& found : plan.accesses()) {
    if (found.label != Label::kEntry) continue;
    const std::string& path = plan.entry(*found.entry).path;
    const std::string directory(parent_of(path));
    const bool gconv = base_name(directory) == "gconv";
    const bool whole = std::ranges::find(kWhole, base_name(directory)) != std::end(kWhole);
    if ((!gconv && !whole) || !seen.insert(directory).second) continue;
    const Reason why{std::string(rule), path, "modules of " + directory};
    plan.each_child(directory, [&](EntryId id) {
      const std::string& name = plan.entry(id).path;
      if (whole || base_name(name).starts_with("gconv-modules")) plan.keep_path(name, why);
    });
    if (gconv)
      plan.each_child(directory + "/gconv-modules.d", [&](EntryId id) { plan.keep_path(plan.entry(id).path, why); });
  }
}

}  // namespace winnow
