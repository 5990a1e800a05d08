// SPDX-License-Identifier: Apache-2.0
// Rule: a kept file of a Ruby gem brings the gem's specification and the mark of its built extensions: RubyGems ignores
// a gem that lacks either.
#include <fmt/format.h>

#include "plan/families.h"
#include "winnow/base/glob.h"

namespace winnow {

void each_gem(Decisions& plan, EntryId kept, std::string_view rule) {
  // HOME/gems/NAME-VERSION/..., beside HOME/specifications and HOME/extensions (Gem::BasicSpecification).
  constexpr std::string_view kGems = "/gems/";
  const std::string& path = plan.entry(kept).path;
  const std::size_t at = path.rfind(kGems);
  if (at == std::string::npos || plan.entry(kept).type == EntryType::kDirectory) return;
  const std::string home = path.substr(0, at);
  const std::size_t name = at + kGems.size();
  const std::string gem = path.substr(name, path.find('/', name) - name);
  const Reason why{std::string(rule), path, "a file of " + gem};
  if (!plan.keep_path(fmt::format("{}/specifications/{}.gemspec", home, gem), why)) return;
  plan.each_match(literal_glob(home + "/extensions") + "/*/*/" + literal_glob(gem) + "/gem.build_complete",
                  [&](EntryId id) { plan.keep(id, why); });
}

}  // namespace winnow
