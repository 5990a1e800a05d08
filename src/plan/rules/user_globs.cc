// SPDX-License-Identifier: Apache-2.0
// Rule: what the user names with --keep is kept, though nothing touched it; links of the image on the way are followed.
#include <fmt/format.h>

#include <map>
#include <ranges>

#include "plan/decisions.h"
#include "plan/families.h"
#include "winnow/base/glob.h"
#include "winnow/base/path.h"
#include "winnow/base/shell.h"

namespace winnow {
namespace {

// Walks one glob from the root, a component at a time, as a shell would: a link to a directory is gone through, and
// kept where something behind it matches. Behind "**" names count as they stand.
class GlobWalk {
 public:
  GlobWalk(Decisions& plan, std::string_view rule, const std::string& glob)
      : plan_(plan),
        reason_{std::string(rule), "--keep " + glob, "asked for by the user"},
        parts_(components_of(glob)) {}

  void run() {
    if (parts_.empty())
      matched(0);
    else
      below(0, 0);
  }
  [[nodiscard]] bool matched() const { return matched_; }
  [[nodiscard]] bool only_directories() const { return only_directories_; }

 private:
  void matched(EntryId id) {
    matched_ = true;
    only_directories_ = only_directories_ && plan_.entry(id).type == EntryType::kDirectory;
    plan_.keep_path(plan_.entry(id).path, reason_);
  }

  // Whether something below DIRECTORY matches the components from PART on. Asked once for each pair of them.
  bool below(EntryId directory, std::size_t part) {
    const auto [known, is_new] = known_.try_emplace({directory, part}, false);
    if (!is_new || plan_.exhausted()) return known->second;
    bool found = false;
    if (parts_[part] == "**") {
      plan_.each_match(rest_of_glob(directory, part), [&](EntryId id) {
        matched(id);
        found = true;
      });
    } else {
      each_named(directory, parts_[part], [&](EntryId id) { found = step(id, part) || found; });
    }
    return known_[{directory, part}] = found;
  }

  // ENTRY has the name that component PART asks for.
  bool step(EntryId entry, std::size_t part) {
    if (part + 1 == parts_.size()) {
      matched(entry);
      return true;
    }
    const std::string& path = plan_.entry(entry).path;
    const Resolution led = plan_.index().resolve(path);
    if (!plan_.spend(path.size() + led.steps * 16) || !led.entry) return false;
    if (plan_.entry(*led.entry).type != EntryType::kDirectory || !below(*led.entry, part + 1)) return false;
    if (!led.hops.empty()) plan_.keep_path(path, reason_);
    return true;
  }

  void each_named(EntryId directory, std::string_view name, const std::function<void(EntryId)>& see) {
    const std::string& path = plan_.entry(directory).path;
    const auto exact = plan_.index().find(fmt::format("{}/{}", path == "/" ? "" : path, name));
    if (exact) see(*exact);
    if (name.find_first_of("*?[\\") == std::string_view::npos) return;
    const Glob pattern{std::string(name)};
    plan_.each_child(path, [&](EntryId id) {
      if (id != exact && pattern.matches(base_name(plan_.entry(id).path))) see(id);
    });
  }

  [[nodiscard]] std::string rest_of_glob(EntryId directory, std::size_t part) const {
    const std::string& path = plan_.entry(directory).path;
    std::string glob = path == "/" ? "" : literal_glob(path);
    for (const std::string_view one : parts_ | std::views::drop(part)) glob.append("/").append(one);
    return glob;
  }

  Decisions& plan_;
  const Reason reason_;
  const std::vector<std::string_view> parts_;
  std::map<std::pair<EntryId, std::size_t>, bool> known_;
  bool matched_ = false;
  bool only_directories_ = true;
};

}  // namespace

void seed_user_globs(Decisions& plan, std::string_view rule) {
  for (const std::string& glob : plan.options().keep) {
    GlobWalk walk(plan, rule, glob);
    walk.run();
    if (walk.matched() && walk.only_directories())
      plan.warn(fmt::format("--keep {} keeps only the directory itself; --keep {} keeps what is in it too",
                            shell_word(glob), shell_word(glob + "/**")));
    if (!walk.matched() && !plan.exhausted()) plan.warn("--keep " + shell_word(glob) + " matches nothing in the image");
  }
}

}  // namespace winnow
