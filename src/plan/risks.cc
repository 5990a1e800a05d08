// SPDX-License-Identifier: Apache-2.0
// Looks at what was dropped from where something was kept.
#include "plan/risks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>

#include "plan/evidence.h"
#include "plan/families.h"
#include "plan/listing.h"
#include "winnow/base/glob.h"
#include "winnow/base/path.h"
#include "winnow/base/shell.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

// The families in the order in which people should look at them.
constexpr std::array<std::string_view, 22> kOrder = {
    "listing",  "volumes",      "dlopen",    "commands", "plugins",      "assets",  "modules",    "data",
    "nss",      "pam",          "sasl",      "openssl",  "certificates", "locales", "time-zones", "charsets",
    "icu-data", "unicode-data", "terminals", "fonts",    "mime-types",   "evidence"};

// The default search directories of loaders, and the one that the asking file lies in.
std::vector<std::string> library_paths(const std::string& asking, const std::string& name) {
  if (name.starts_with('/')) return {name};
  std::vector<std::string> paths = {fmt::format("{}/{}", parent_of(asking), name)};
  for (const std::string_view directory : kLibraryDirs) paths.push_back(fmt::format("{}/{}", directory, name));
  return paths;
}

class Collector {
 public:
  explicit Collector(Decisions& plan) : plan_(plan) {}

  void add(std::string family, std::string glob, std::string because, EntryId dropped) {
    Risk& risk = risks_[{family, glob}];
    if (risk.entries == 0) risk = {std::move(family), std::move(glob), std::move(because), 0, 0};
    ++risk.entries;
    risk.bytes += plan_.entry(dropped).size;
  }

  void listings() {
    for (const Listing& listing : winnow::listings(plan_)) {
      if (listing.entries == 0) continue;
      const std::string& path = plan_.entry(listing.directory).path;
      risks_[{"listing", path}] = {"listing", (path == "/" ? "" : literal_glob(path)) + "/*", path, listing.entries,
                                   listing.bytes};
    }
  }

  // Of volumes that nobody else was seen to have.
  void volumes() {
    for (const Run& run : plan_.runs())
      for (const MountedVolume& volume : run.volumes) {
        const auto top = plan_.index().resolve(volume.destination).entry;
        const std::string& path = top ? plan_.entry(*top).path : volume.destination;
        if (path == "/" || volume.shared || risks_.contains({"volumes", literal_glob(path) + "/**"})) continue;
        plan_.each_below(path, [&](EntryId id) {
          if (!plan_.kept(id)) add("volumes", literal_glob(path) + "/**", path, id);
        });
      }
  }

  void families() {
    for (const Family& family : families_of_accesses(plan_))
      each_member(plan_, family, [&](EntryId id) {
        if (!plan_.kept(id)) add(family.name, family.glob, plan_.entry(family.member).path, id);
      });
  }

  void mentions() {
    for (EntryId id = 0; id < plan_.index().entries.size(); ++id) {
      const Entry& entry = plan_.entry(id);
      if (!plan_.kept(id) || !entry.facts) continue;
      // What is there only to be listed does not work without its interpreter.
      if (plan_.listed_only(id) && !entry.facts->shebang.empty())
        program(entry.path, entry.facts->shebang.substr(0, entry.facts->shebang.find(' ')));
      for (const std::string& name : entry.facts->mentions) {
        if (plan_.exhausted()) return;
        if (entry.facts->elf) library(entry.path, name);
        if (is_shell(entry.facts->shebang)) program(entry.path, name);
      }
    }
  }

  // Lists of what an application was built with, beside what is kept of it: scanners that read them will miss them.
  void evidence() {
    for (EntryId id = 0; id < plan_.index().entries.size(); ++id) {
      const std::string& path = plan_.entry(id).path;
      if (plan_.kept(id) || !is_lock_file(path)) continue;
      const auto beside = plan_.index().find(parent_of(path));
      if (beside && plan_.kept(*beside)) add_one("evidence", std::string(parent_of(path)), id);
    }
  }

  std::vector<Risk> finish() && {
    std::vector<Risk> all;
    all.reserve(risks_.size());
    for (auto& [key, risk] : risks_) all.push_back(std::move(risk));
    const auto place = [](const Risk& risk) {
      return std::tuple(std::ranges::find(kOrder, risk.family) - kOrder.begin(), ~risk.bytes, risk.glob);
    };
    std::ranges::sort(all, {}, place);
    if (all.size() > kMaxRisks) {
      plan_.warn(
          fmt::format("{} more risks are not listed, the smallest of the last families", all.size() - kMaxRisks));
      all.resize(kMaxRisks);
    }
    return all;
  }

 private:
  // A file that several others may name.
  void add_one(std::string family, const std::string& because, EntryId dropped) {
    std::string glob = literal_glob(plan_.entry(dropped).path);
    if (!risks_.contains({family, glob})) add(std::move(family), std::move(glob), because, dropped);
  }

  void library(const std::string& asking, const std::string& name) {
    for (const std::string& path : library_paths(asking, name)) {
      if (!plan_.spend(path.size())) return;
      const auto found = plan_.index().resolve(path).entry;
      if (!found || plan_.entry(*found).type != EntryType::kFile) continue;
      if (!plan_.kept(*found)) add_one("dlopen", asking, *found);
      return;
    }
  }

  void program(const std::string& script, const std::string& name) {
    const auto path = plan_.find_program(name, "/");
    const auto found = path ? plan_.index().resolve(*path).entry : std::nullopt;
    if (found && !plan_.kept(*found)) add_one("commands", script, *found);
  }

  Decisions& plan_;
  std::map<std::pair<std::string, std::string>, Risk> risks_;
};

}  // namespace

void warn_of_zeros(Decisions& plan) {
  std::set<EntryId> opened;
  for (const Attribution& found : plan.accesses()) {
    const Kinds& kinds = found.access->kinds;
    if (found.label == Label::kEntry && (kinds.has(Kind::kOpen) || kinds.has(Kind::kMap))) opened.insert(*found.entry);
  }
  for (EntryId id = 0; id < plan.index().entries.size(); ++id) {
    const Entry& entry = plan.entry(id);
    if (!plan.kept(id) || !entry.facts || !entry.facts->zeros) continue;
    plan.warn(fmt::format("{} is {} of nothing but zeros, and all of it goes into the layer", entry.path,
                          human_bytes(entry.size)) +
              (opened.contains(id) ? ""
                                   : fmt::format("; nothing opened it: --drop {} leaves it out",
                                                 shell_word(literal_glob(entry.path)))));
  }
}

std::vector<Risk> risks_of(Decisions& plan) {
  Collector collector(plan);
  collector.listings();
  collector.volumes();
  collector.families();
  collector.mentions();
  collector.evidence();
  return std::move(collector).finish();
}

}  // namespace winnow
