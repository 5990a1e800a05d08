// SPDX-License-Identifier: Apache-2.0
// Rule: Python's sources and their bytecode (PEP 3147) are kept together, both ways: a .pyc counts only while the .py
// beside it has the time and size that it was compiled from.
#include <fmt/format.h>

#include "plan/decisions.h"
#include "winnow/base/path.h"

namespace winnow {
namespace {

constexpr std::string_view kCache = "__pycache__";

void keep_bytecode(Decisions& plan, const Entry& source, const Reason& why) {
  const std::string_view directory = parent_of(source.path);
  std::string_view stem = base_name(source.path);
  stem.remove_suffix(std::string_view("py").size());  // "module."
  const std::string cache = fmt::format("{}/{}", directory == "/" ? "" : directory, kCache);
  plan.each_child(cache, [&](EntryId id) {
    const std::string_view name = base_name(plan.entry(id).path);
    if (name.starts_with(stem) && name.ends_with(".pyc")) plan.keep(id, why);
  });
}

}  // namespace

void each_python(Decisions& plan, EntryId kept, std::string_view rule) {
  const Entry& file = plan.entry(kept);
  if (file.type != EntryType::kFile) return;
  const Reason why{std::string(rule), file.path, "source and bytecode go together"};
  if (file.path.ends_with(".py")) keep_bytecode(plan, file, why);
  const std::string_view directory = parent_of(file.path);
  if (!file.path.ends_with(".pyc") || base_name(directory) != kCache) return;
  const std::string_view name = base_name(file.path);
  plan.keep_path(fmt::format("{}/{}.py", parent_of(directory), name.substr(0, name.find('.'))), why);
}

}  // namespace winnow
