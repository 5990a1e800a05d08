// SPDX-License-Identifier: Apache-2.0
// Rule: jars that the Class-Path of a kept jar's manifest names are kept: classes are looked up in them when they are
// first needed.
#include "plan/decisions.h"
#include "winnow/base/path.h"

namespace winnow {

void each_jar(Decisions& plan, EntryId kept, std::string_view rule) {
  const Entry& jar = plan.entry(kept);
  if (!jar.facts || jar.facts->elf || !jar.path.ends_with(".jar")) return;
  for (const std::string& url : jar.facts->mentions) {
    // URLs relative to the jar (JAR File Specification, "Class-Path"); "file:" may stand before a path.
    const std::string path = url.starts_with("file:") ? url.substr(5) : url;
    const std::string_view base = parent_of(jar.path);
    if (!plan.spend(path.size() + base.size())) return;
    plan.keep_path(path.starts_with('/') ? path : std::string(base) + "/" + path,
                   {std::string(rule), jar.path, "Class-Path " + url});
  }
}

}  // namespace winnow
