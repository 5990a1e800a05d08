// SPDX-License-Identifier: Apache-2.0
// Rule: what the user names with --keep is kept, though nothing touched it.
#include "plan/decisions.h"

namespace winnow {

void seed_user_globs(Decisions& plan, std::string_view rule) {
  for (const std::string& glob : plan.options().keep) {
    bool matched = false;
    bool only_directories = true;
    plan.each_match(glob, [&](EntryId id) {
      matched = true;
      only_directories = only_directories && plan.entry(id).type == EntryType::kDirectory;
      plan.keep_path(plan.entry(id).path, {std::string(rule), "--keep " + glob, "asked for by the user"});
    });
    if (matched && only_directories)
      plan.warn("--keep " + printable(glob) + " keeps only the directory itself; " + printable(glob) +
                "/** keeps what is in it too");
    if (!matched && !plan.exhausted()) plan.warn("--keep " + printable(glob) + " matches nothing in the image");
  }
}

}  // namespace winnow
