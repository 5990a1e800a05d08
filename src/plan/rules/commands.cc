// SPDX-License-Identifier: Apache-2.0
// Rule, under the policy "families": programs that a kept shell script names as commands are kept, also those of
// branches that did not run.
#include "plan/decisions.h"
#include "winnow/base/shell.h"

namespace winnow {
void each_commands(Decisions& plan, EntryId kept, std::string_view rule) {
  const Entry& script = plan.entry(kept);
  if (plan.options().policy != Policy::kFamilies || !script.facts || !is_shell(script.facts->shebang)) return;
  for (const std::string& name : script.facts->mentions)
    plan.keep_program(name, "/", {std::string(rule), script.path, "it names " + name});
}

}  // namespace winnow
