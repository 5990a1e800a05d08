// SPDX-License-Identifier: Apache-2.0
// Rule: a kept file of pam.d(5) brings the modules that it names, and the files that it includes.
#include "plan/decisions.h"
#include "winnow/base/path.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

std::string_view take_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(" \t-"), line.size()));
  // "[success=1 default=ignore]" is one word.
  const std::size_t end = line.starts_with('[') ? line.find(']') + 1 : line.find_first_of(" \t");
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(word.size());
  return word;
}

}  // namespace

void each_pam(Decisions& plan, EntryId kept, std::string_view rule) {
  const Entry& file = plan.entry(kept);
  if (base_name(parent_of(file.path)) != "pam.d" || !file.facts || !file.facts->text) return;
  for (std::string_view line : lines(*file.facts->text)) {
    const std::string_view type = take_word(line);
    if (type.empty() || type.starts_with('#')) continue;
    const std::string_view control = type == "@include" ? type : take_word(line);
    const std::string module(take_word(line));
    if (module.empty()) continue;
    const Reason why{std::string(rule), file.path, "it names " + module};
    if (control == "@include" || control == "include" || control == "substack") {
      plan.keep_path("/etc/pam.d/" + module, why);
    } else if (module.starts_with('/')) {
      plan.keep_path(module, why);
    } else {
      for (const std::string_view directory : kLibraryDirs)
        if (plan.keep_path(std::string(directory) + "/security/" + module, why)) break;
    }
  }
}

}  // namespace winnow
