// SPDX-License-Identifier: Apache-2.0
// Rule, under the policy "families": modules that a kept module of the application names in import statements are kept,
// with what those import in turn; so is what Python needs to start, where its interpreter is kept for a script that did
// not run. Modules of the distribution are looked at only when something asks for them: the standard library imports
// nearly all of itself somewhere.
#include <fmt/format.h>

#include <algorithm>

#include "plan/families.h"
#include "winnow/base/glob.h"
#include "winnow/base/path.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

// The directories of sys.path that Debian's and the official images' Pythons have, of versions 3.6 to 3.20.
std::vector<std::string> standard_paths(const Index& index) {
  std::vector<std::string> paths;
  const auto add = [&](std::string path) {
    if (index.find(path)) paths.push_back(std::move(path));
  };
  for (int minor = 6; minor <= 20; ++minor)
    for (const std::string_view base : {"/usr/lib", "/usr/local/lib"}) {
      const std::string home = fmt::format("{}/python3.{}", base, minor);
      if (!index.find(home)) continue;
      for (const std::string_view below : {"", "/lib-dynload", "/site-packages", "/dist-packages"})
        add(home + std::string(below));
    }
  add("/usr/lib/python3/dist-packages");
  return paths;
}

class Importer {
 public:
  Importer(Decisions& plan, std::string_view rule, const std::string& asking)
      : plan_(plan), rule_(rule), asking_(asking), paths_(standard_paths(plan.index())) {}

  void import(std::string_view name) {
    if (!plan_.spend(name.size() + asking_.size())) return;
    if (name.starts_with('.')) return import_relative(name);
    // A program's own directory comes first; a module of a package names its siblings from the package's top.
    for (std::string_view above = parent_of(asking_); above != "/" && !plan_.exhausted(); above = parent_of(above))
      if (import_from(std::string(above), name)) return;
    for (const std::string& path : paths_)
      if (import_from(path, name)) return;
  }

 private:
  void import_relative(std::string_view name) {
    std::string_view base = parent_of(asking_);
    for (name.remove_prefix(1); name.starts_with('.'); name.remove_prefix(1)) base = parent_of(base);
    (void)import_from(std::string(base), name);
  }

  // Keeps the packages on the way to NAME, and the module itself, below DIRECTORY. False: its first part is not there,
  // or is a module that holds no other; what `from module import name` names last need not be one.
  bool import_from(std::string directory, std::string_view name) {
    const Reason why{std::string(rule_), asking_, fmt::format("import {}", name)};
    bool found = false;
    while (!name.empty()) {
      const std::string stem = fmt::format("{}/{}", directory, take_until(name, '.'));
      if (plan_.keep_path(stem + "/__init__.py", why)) {
        found = true;
        directory = stem;
        continue;
      }
      return (name.empty() && stem + ".py" != asking_ && keep_module(stem, why)) || found;
    }
    return found;
  }

  bool keep_module(const std::string& stem, const Reason& why) {
    if (plan_.keep_path(stem + ".py", why)) return true;
    bool found = false;
    for (const std::string_view suffix : {".abi3.so", ".so"})
      found = found || plan_.keep_path(stem + std::string(suffix), why);
    plan_.each_match(literal_glob(stem) + ".cpython-*.so", [&](EntryId id) {
      found = true;
      plan_.keep(id, why);
    });
    return found;
  }

  Decisions& plan_;
  std::string_view rule_;
  const std::string& asking_;
  std::vector<std::string> paths_;
};

}  // namespace

void each_imports(Decisions& plan, EntryId kept, std::string_view rule) {
  const Entry& file = plan.entry(kept);
  if (plan.options().policy != Policy::kFamilies || !file.facts) return;
  if (file.facts->elf && base_name(file.path).starts_with("python3") && !file.facts->elf->interpreter.empty()) {
    Importer importer(plan, rule, file.path);
    // What CPython imports before it runs a script (initialization of sys, io, site and the codecs).
    for (const std::string_view name :
         {"site", "os", "io", "abc", "codecs", "stat", "encodings.utf_8", "encodings.aliases", "encodings.latin_1",
          "encodings.ascii", "_collections_abc", "_sitebuiltins", "posixpath", "genericpath"})
      importer.import(name);
    return;
  }
  const bool python = file.path.ends_with(".py") || file.facts->shebang.find("python3") != std::string::npos;
  const bool asked_for = std::ranges::any_of(plan.reasons(kept), [&](const Reason& why) { return why.rule == rule; });
  if (!python || file.facts->mentions.empty() || (is_of_system(plan.owners().of(kept)) && !asked_for)) return;
  Importer importer(plan, rule, file.path);
  for (const std::string& name : file.facts->mentions) importer.import(name);
}

}  // namespace winnow
