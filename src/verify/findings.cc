// SPDX-License-Identifier: Apache-2.0
// Failed lookups: which of them would have found something in the source image, and what the slim one lacks for that.
#include "verify/findings.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "winnow/base/glob.h"
#include "winnow/base/path.h"
#include "winnow/plan/listed.h"

namespace winnow {
namespace {

constexpr int kMostInterpreters = 5;       // as the kernel (fs/exec.c, exec_binprm)
constexpr std::size_t kMostPrograms = 64;  // of one path; hostile runs can have any number of them

// What execve(2) looks for beside a program that is there: the interpreter of a script or of an ELF file. It says
// ENOENT of the program when that is what it does not find.
std::string interpreter_of(const Entry& program) {
  if (!program.facts) return "";
  if (program.facts->elf) return program.facts->elf->interpreter;
  const std::string& line = program.facts->shebang;
  const std::size_t begin = std::min(line.find_first_not_of(" \t"), line.size());
  return line.substr(begin, line.find_first_of(" \t", begin) - begin);
}

// Whether the same lookup was tried on the source image and never found anything.
bool failed_there(const AccessProfile& source_run, const std::string& path) {
  bool tried = false;
  for (auto at = source_run.accesses.lower_bound({path, ""});
       at != source_run.accesses.end() && at->first.first == path; ++at) {
    if (!at->second.kinds.only(Kind::kMiss)) return false;
    tried = true;
  }
  return tried;
}

// Whether something was found by this name, or made.
bool was_there(const AccessProfile& source_run, const std::string& path) {
  const auto at = source_run.accesses.lower_bound({path, ""});
  return at != source_run.accesses.end() && at->first.first == path && !failed_there(source_run, path);
}

// "/proc/self/root/a" is "/a" for a program that did not change its root: the kernel follows what no walk can.
std::string_view below_root(std::string_view path) {
  constexpr std::string_view kProc = "/proc/", kRoot = "/root/";
  if (!path.starts_with(kProc)) return path;
  const auto process_end = path.find('/', kProc.size());
  if (process_end == std::string_view::npos || !path.substr(process_end).starts_with(kRoot)) return path;
  return path.substr(process_end + kRoot.size() - 1);
}

// Directories of the image whose names the run read, for whatever.
using Listed = std::map<std::string, const Access*>;
Listed listed_in(const AccessProfile& run, const Index& source) {
  Listed listed;
  for (const ListedDirectory& one : listed_directories(attribute(run, source), source))
    listed.emplace(source.entries[one.directory].path, one.access);
  return listed;
}

class Search {
 public:
  Search(const KeepSpec& spec, const Index& source, const Present& present)
      : spec_(spec), source_(source), present_(present) {}

  // MADE_THERE: the same name was there for the same command on the source image, at last.
  void look(const Access& access, bool made_there) {
    const Resolution found = source_.resolve(below_root(access.path));
    // A link may lead to what only a running container has, "/etc/mtab" to "/proc/self/mounts".
    const bool runtime = !found.entry && is_below_mount(source_.entries[found.deepest].path + "/");
    if (!found.entry && !runtime) return look_astray(access, made_there);
    if (tell(found, access)) return;
    // An interpreter can be a script, too.
    std::optional<EntryId> program = found.entry;
    for (int level = 0; program && level < kMostInterpreters; ++level) {
      const Entry& entry = source_.entries[*program];
      const std::string name = interpreter_of(entry);
      const Resolution interpreter = name.empty() ? Resolution{} : source_.resolve(name);
      if (interpreter.entry && tell(interpreter, access, Need::kInterpreter, entry.path)) return;
      if (!name.empty() && tell_in_a_root(name, entry.path, access)) return;
      program = interpreter.entry;
    }
  }

  // A file of the source image that is not here, and was opened all the same: the program made it anew, and finds in it
  // what it wrote, not what the image has.
  void look_made(const Access& access) {
    const Resolution found = source_.resolve(access.resolved.empty() ? access.path : access.resolved);
    if (!found.entry) return;
    const Entry& entry = source_.entries[*found.entry];
    if (entry.type == EntryType::kFile && entry.size > 0) tell(found, access);
  }

  // What ACCESS, of the same test on the source image, led to, when the way there leaves a directory whose names were
  // read here and are fewer: a program that reads names does not look for those that it does not find.
  void look_listed(const Access& access, const Listed& listed) {
    const Resolution found = source_.resolve(access.path);
    if (!found.entry || places_.contains(*found.entry)) return;
    const std::string directory = left_at(source_.entries[*found.entry].path);
    if (listed.contains(directory)) tell(found, access, Need::kListed, directory);
  }

  // The same of what the recorded run touched, and the spec was told to drop.
  void look_dropped(const DroppedAccess& dropped, const Listed& listed) {
    const auto directory = listed.find(left_at(dropped.path));
    if (directory == listed.end()) return;
    Access access;
    access.path = dropped.path;
    access.by = dropped.by;
    access.first_ms = directory->second->first_ms;
    access.runs = directory->second->runs;
    look_listed(access, listed);
  }

  Findings finish() && {
    for (auto& [id, runs] : runs_) found_.missing[places_.at(id)].containers = runs.size();
    std::ranges::stable_sort(found_.missing, {}, &MissingPath::first_ms);
    return std::move(found_);
  }
  void excuse() { ++found_.excused; }
  void leave_unplaced() { ++found_.unplaced; }

 private:
  // The last directory on the way to PATH that is here; empty when PATH is here itself.
  [[nodiscard]] std::string left_at(std::string_view path) const {
    if (is_below_mount(path) || present_.has(std::string(path))) return "";
    while (path != "/" && !present_.has(std::string(parent_of(path)))) path = parent_of(path);
    return std::string(parent_of(path));
  }

  [[nodiscard]] std::vector<EntryId> lacking(const Resolution& found) const {
    std::vector<EntryId> ids = found.hops;
    if (found.entry) ids.push_back(*found.entry);
    std::erase_if(ids, [&](EntryId id) {
      const std::string& path = source_.entries[id].path;
      return is_below_mount(path) || present_.has(path);
    });
    return ids;
  }

  // A name that is not in the source image either, in a directory that is there and not here: where the program wanted
  // to make it, it failed.
  void look_astray(const Access& access, bool made_there) {
    const auto slash = access.path.find_last_of('/');
    if (slash == std::string::npos || slash == 0) return;
    const Resolution parent = source_.resolve(access.path.substr(0, slash));
    if (!parent.entry || source_.entries[*parent.entry].type != EntryType::kDirectory) return;
    const auto ids = lacking(parent);
    if (ids.empty()) return;
    if (made_there) {
      tell(parent, access);
      return;
    }
    ++found_.astray;
    found_.absent.insert(source_.entries[ids.back()].path);
  }

  // A program below another root than the image's, as chroot(1) makes one, has its interpreter below that: the nearest
  // directory above PROGRAM that has one.
  bool tell_in_a_root(const std::string& name, const std::string& program, const Access& access) {
    for (std::string_view root = parent_of(program); root != "/"; root = parent_of(root)) {
      const Resolution interpreter = source_.resolve(std::string(root) + name);
      if (interpreter.entry) return tell(interpreter, access, Need::kInterpreter, program);
    }
    return false;
  }

  // False when nothing lacks.
  bool tell(const Resolution& found, const Access& access, Need need = Need::kItself, const std::string& because = "") {
    const auto ids = lacking(found);
    for (const EntryId id : ids) {
      MissingPath& missing = at(id, found.entry == id ? need : Need::kLink, because);
      const auto program = [&](const std::string& name) {
        if (name != missing.by && missing.also_by.size() < kMostPrograms) missing.also_by.insert(name);
      };
      if (missing.requested.empty() || access.first_ms < missing.first_ms) {
        const std::string before = std::exchange(missing.by, access.by);
        if (!missing.requested.empty()) program(before);
        missing.also_by.erase(missing.by);
        missing.requested = access.path;
        missing.first_ms = access.first_ms;
      }
      program(access.by);
      std::ranges::for_each(access.also_by, program);
      runs_[id].merge(access.runs);
    }
    return !ids.empty();
  }

  MissingPath& at(EntryId id, Need need, const std::string& because) {
    const auto [place, is_new] = places_.try_emplace(id, found_.missing.size());
    if (!is_new) return found_.missing[place->second];
    const Entry& entry = source_.entries[id];
    MissingPath missing;
    missing.path = entry.path;
    missing.size = entry.size;
    missing.type = entry.type;
    missing.need = need;
    missing.because = because;
    missing.keep = literal_glob(entry.path);
    if (present_.promised(entry.path)) {
      missing.cause = Cause::kImage;
    } else if (const std::string* glob = spec_.dropped_by(entry.path)) {
      missing.cause = Cause::kDropGlob;
      missing.glob = *glob;
    }
    return found_.missing.emplace_back(std::move(missing));
  }

  const KeepSpec& spec_;
  const Index& source_;
  const Present& present_;
  Findings found_;
  std::map<EntryId, std::size_t> places_;  // in found_.missing
  std::map<EntryId, RunSet> runs_;
};

}  // namespace

bool Present::promised(const std::string& path) const {
  if (spec_->find(path) != nullptr) return true;
  const auto path_of = [](const Addition& addition) -> const std::string& { return addition.entry.path; };
  return std::ranges::binary_search(spec_->additions, path, {}, path_of);
}

bool Present::has(const std::string& path) const {
  return slim_ != nullptr ? slim_->find(path).has_value() : promised(path);
}

bool is_below_mount(std::string_view path) {
  constexpr std::array<std::string_view, 3> kMounts = {"/proc/", "/sys/", "/dev/"};
  return std::ranges::any_of(kMounts, [&](std::string_view mount) { return path.starts_with(mount); });
}

Findings look_at(const AccessProfile& run, const KeepSpec& spec, const Index& source, const Present& present,
                 const AccessProfile* source_run) {
  Search search(spec, source, present);
  for (const auto& [key, access] : run.accesses) {
    if (!access.kinds.has(Kind::kMiss)) continue;
    if (access.unresolved) {
      if (source_run == nullptr || !failed_there(*source_run, access.path)) search.leave_unplaced();
      continue;
    }
    if (source_run != nullptr && failed_there(*source_run, access.path)) {
      if (source.resolve(access.path).entry) search.excuse();
      continue;
    }
    search.look(access, source_run != nullptr && was_there(*source_run, access.path));
  }
  for (const auto& [key, access] : run.accesses)
    if (access.kinds.has(Kind::kOpen) && !access.other_mount && !access.unresolved) search.look_made(access);
  if (source_run == nullptr && spec.dropped_accesses.empty()) return std::move(search).finish();
  const Listed listed = listed_in(run, source);
  if (source_run == nullptr)
    for (const DroppedAccess& dropped : spec.dropped_accesses) search.look_dropped(dropped, listed);
  else
    for (const auto& [key, access] : source_run->accesses)
      if (!access.kinds.only(Kind::kMiss) && !access.other_mount && !access.unresolved)
        search.look_listed(access, listed);
  return std::move(search).finish();
}

}  // namespace winnow
