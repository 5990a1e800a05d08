// SPDX-License-Identifier: Apache-2.0
// Rule: the ELF interpreter and the needed libraries of a kept file are kept, found as its loader would; and the one
// library that glibc opens by name and aborts without.
#include "plan/loader.h"
#include "winnow/base/path.h"

namespace winnow {
namespace {

// glibc itself, as it is called since 2.34 and before.
bool is_glibc(std::string_view path) {
  const std::string_view name = base_name(path);
  return name == "libc.so.6" || name.starts_with("libc-2.") || name.starts_with("libpthread");
}

}  // namespace

void each_elf(Decisions& plan, EntryId kept, std::string_view rule) {
  const Entry& file = plan.entry(kept);
  if (file.facts == nullptr || !file.facts->elf) return;
  const ElfFacts& elf = *file.facts->elf;
  if (!elf.interpreter.empty())
    plan.keep_path(elf.interpreter, {std::string(rule), file.path, "PT_INTERP " + elf.interpreter});
  const bool glibc = is_glibc(file.path);
  if ((elf.needed.empty() && !glibc) || plan.exhausted()) return;
  Loader loader(plan, kept);
  for (const std::string& name : elf.needed) {
    if (plan.exhausted()) break;
    for (const std::string& path : loader.find(name))
      if (const auto library = plan.keep_path(path, {std::string(rule), file.path, "DT_NEEDED " + name}))
        plan.note_need(*library, kept);
  }
  if (!glibc) return;
  // nptl/unwind: pthread_cancel(3) and pthread_exit(3) unwind the stack with it, and abort where it is not there.
  for (const std::string& path : loader.find("libgcc_s.so.1"))
    plan.keep_path(path, {std::string(rule), file.path,
                          "threads that end early need it: pthread_cancel and pthread_exit abort without"});
}

}  // namespace winnow
