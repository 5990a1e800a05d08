// SPDX-License-Identifier: Apache-2.0
// Follows what was sighted to the container's own file system, through the mounts of the namespace it was sighted in.
#include "record/view.h"

#include <algorithm>

#include "events.h"
#include "winnow/base/path.h"

namespace winnow::record {
namespace {

// A hostile workload makes any number of namespaces and mounts. Those that are forgotten are learnt anew.
constexpr std::size_t kMostNamespaces = 1024;
constexpr std::size_t kMostMounts = 16'384;       // of one namespace
constexpr std::size_t kMostMountsInAll = 65'536;  // of those that are known

// Said of a program whose executable is no file of the container, or of its memory: the runtime, before it executes the
// entrypoint.
constexpr auto kOutside = "(outside the container)";

Kind kind_of(std::uint16_t kind) {
  switch (kind) {
    case WN_OPEN:
      return Kind::kOpen;
    case WN_EXEC:
      return Kind::kExec;
    case WN_STAT:
      return Kind::kStat;
    case WN_LSTAT:
      return Kind::kLstat;
    case WN_READLINK:
      return Kind::kReadlink;
    case WN_DIR:
      return Kind::kDir;
    case WN_LIST:
      return Kind::kList;
    case WN_NOT_EMPTY:
      return Kind::kNotEmpty;
    case WN_SEARCH:
      return Kind::kSearch;
    default:
      return Kind::kMiss;
  }
}

// execveat(2) hands the kernel a name of its own making for a descriptor; no file of an image is called so.
bool names_a_descriptor(const Event& event) { return event.kind == WN_EXEC && event.name.starts_with("/dev/fd/"); }

std::string path_below(const std::string& base, std::string_view name) {
  std::string path = base == "/" ? "" : base;
  if (!name.starts_with('/')) path += '/';
  return path.append(name);
}

// What PATH is below ABOVE: "", or "/" and the rest. Nothing when it is not.
std::optional<std::string_view> rest_below(std::string_view path, std::string_view above) {
  if (above == "/") return path == "/" ? "" : path;
  if (!path.starts_with(above)) return std::nullopt;
  const auto rest = path.substr(above.size());
  return rest.empty() || rest.starts_with('/') ? std::optional(rest) : std::nullopt;
}

// Below /proc every process has directories of its own, and a workload that lasts has endless processes: components
// that are numbers are written "[n]". Nothing of an image lies there.
std::string without_numbers(std::string path) {
  constexpr std::string_view kProc = "/proc/";
  if (!path.starts_with(kProc)) return path;
  std::string plain(kProc.substr(0, kProc.size() - 1));
  for (std::string_view rest = std::string_view(path).substr(kProc.size() - 1); !rest.empty();) {
    const std::size_t end = std::min(rest.find('/', 1), rest.size());
    const auto component = rest.substr(1, end - 1);
    const bool is_number = !component.empty() && component.find_first_not_of("0123456789") == std::string_view::npos;
    plain.append("/").append(is_number ? "[n]" : component);
    rest.remove_prefix(end);
  }
  return plain;
}

// The name that was asked for in the directory of what was found. Where a link led from one to the other, it is most
// often one of the same directory; where it was not, nothing of that name is there.
std::string beside(const std::string& found, const std::string& asked) {
  const std::string_view name = base_name(std::string_view(asked));
  if (name.empty() || name == "." || name == "..") return found;
  return path_below(std::string(parent_of(found)), name);
}

// A program that the workload made in memory and executed there; the workload may give each another name. A runtime
// copies itself into memory as well, and says so in the name: "runc_cloned:/proc/self/exe" (runc, crun),
// "pentacle_sealed" (youki).
constexpr std::string_view kInMemory = "/memfd:";
bool is_in_memory(const Place& exe) {
  const std::string_view name = exe.in_filesystem;
  return exe.stray && name.starts_with(kInMemory) && !name.contains("_cloned:") && name != "/memfd:pentacle_sealed";
}

}  // namespace

// The namespace is the container's, or a copy of it with the same root directory.
bool View::is_at_home(const Root& root) const {
  return root.mount_namespace == own_.mount_namespace || root.same_directory(own_);
}

std::optional<std::string> View::own_path(std::uint32_t device, const std::string& in_filesystem) const {
  const auto rest = device == own_.device ? rest_below(in_filesystem, own_.path) : std::nullopt;
  if (!rest) return std::nullopt;
  return rest->empty() ? "/" : std::string(*rest);
}

std::string View::program(const std::optional<Place>& exe, bool at_home) const {
  if (!exe) return kOutside;
  if (auto own = own_path(exe->device, exe->in_filesystem)) return *std::move(own);
  if (at_home && is_in_memory(*exe)) return std::string(kInMemory);
  return at_home && !exe->stray ? exe->path : kOutside;
}

Namespace& View::namespace_at(std::uint32_t inode) {
  if (namespaces_.size() >= kMostNamespaces && !namespaces_.contains(inode)) namespaces_.clear();
  return namespaces_[inode];
}

void View::learn(std::uint32_t mount_namespace, const std::optional<Place>& place) {
  if (!place || place->stray || place->device == 0) return;
  auto& mounts = namespace_at(mount_namespace).mounts;
  if (mounts.size() >= kMostMounts && !mounts.contains(place->mount_point)) return;
  const Mounted mounted{place->device, place->mounted};
  auto& known = mounts[place->mount_point];
  if (known != mounted) known = mounted;
}

// The list is a process's own: it begins at its root directory, which has to be that of the namespace.
void View::know(const Root& root, const std::vector<Mount>& mounts, std::uint32_t changes) {
  Namespace& space = namespace_at(root.mount_namespace);
  Namespace fresh{.mounts = {}, .changes = changes, .whole = true};
  for (const Mount& mount : mounts) {
    if (fresh.mounts.size() >= kMostMounts) return;
    fresh.mounts.insert_or_assign(mount.point, Mounted{mount.device, mount.root});
  }
  const auto top = fresh.mounts.find("/");
  const auto known = space.mounts.find("/");
  if (top == fresh.mounts.end() || (known != space.mounts.end() && top->second != known->second)) return;
  for (auto& [point, mounted] : fresh.mounts)
    if (const auto before = space.mounts.find(point); before != space.mounts.end() && before->second == mounted)
      mounted.told = before->second.told;
  space = std::move(fresh);
  std::size_t sum = 0;
  for (const auto& [inode, one] : namespaces_) sum += one.mounts.size();
  if (sum > kMostMountsInAll)
    std::erase_if(namespaces_, [&](const auto& one) { return one.first != root.mount_namespace; });
}

// What is read may have changed since; what EVENT itself names is how it was then.
void View::refresh(const Event& event, const ReadMounts& read) {
  const auto learn_places = [&] {
    for (const auto* place : {&event.base, &event.file, &event.exe}) learn(event.root.mount_namespace, *place);
  };
  learn_places();
  Namespace& space = namespace_at(event.root.mount_namespace);
  if ((space.whole && space.changes == event.mounts) || !space.mounts.contains("/")) return;
  space.whole = false;
  if (const auto mounts = read(event.process, event.root.mount_namespace)) know(event.root, *mounts, event.mounts);
  learn_places();
}

View::Located View::locate(std::uint32_t mount_namespace, const std::string& path) const {
  Located located{.whose = Whose::kUnknown, .path = path, .mount_point = {}};
  const auto space = namespaces_.find(mount_namespace);
  if (space == namespaces_.end() || space->second.mounts.empty()) return located;
  const auto& mounts = space->second.mounts;
  // The longest mount point on the way. A ".." takes back what came before it.
  const auto parts = components_of(path);
  const bool turns_back = std::ranges::find(parts, "..") != parts.end();
  const std::string way = turns_back ? normal_path(path) : path;
  auto found = mounts.find("/");
  std::string_view rest = way;
  if (mounts.size() > (found == mounts.end() ? 0 : 1)) {
    std::string point;
    for (const auto part : components_of(way)) {
      if (part == ".") continue;
      point.append("/").append(part);
      if (const auto at = mounts.find(point); at != mounts.end()) {
        found = at;
        rest = std::string_view(way).substr(static_cast<std::size_t>(part.data() + part.size() - way.data()));
      }
    }
  }
  if (found == mounts.end()) return located;
  located.mount_point = found->first;
  const auto own = own_path(found->second.device, found->second.path);
  located.whose = own ? Whose::kOwn : space->second.whole ? Whose::kElsewhere : Whose::kUnknown;
  if (own && (*own != "/" || found->first != "/")) located.path = rest.empty() ? *own : path_below(*own, rest);
  return located;
}

// Where the name of EVENT lies, which has one, relative to a base. What is on the base's own mount needs no guess.
View::Located View::asked(const Event& event) const {
  const Place& base = *event.base;
  const auto own = own_path(base.device, base.in_filesystem);
  if (base.stray && !own) return {.whose = Whose::kElsewhere, .path = event.name, .mount_point = {}};
  if (base.stray) return {.whose = Whose::kOwn, .path = path_below(*own, event.name), .mount_point = {}};
  Located located = locate(event.root.mount_namespace, path_below(base.path, event.name));
  if (own && !event.name.starts_with('/') && located.mount_point == base.mount_point)
    located.path = path_below(*own, event.name);
  return located;
}

// A directory or file of the container that another one is mounted over has to be there.
void View::tell_mount_point(std::uint32_t mount_namespace, const std::string& point, const Access& like,
                            std::vector<Sighting>& all) {
  if (point.empty() || point == "/") return;
  const auto mounted = namespace_at(mount_namespace).mounts.find(point);
  if (mounted == namespace_at(mount_namespace).mounts.end() || std::exchange(mounted->second.told, true)) return;
  if (!own_path(mounted->second.device, mounted->second.path)) return;
  const Located above = locate(mount_namespace, std::string(parent_of(point)));
  if (above.whose != Whose::kOwn) return;
  Access access = like;
  access.path = path_below(above.path, base_name(std::string_view(point)));
  access.resolved.clear();
  access.kinds = Kind::kStat;
  access.other_mount = access.unresolved = false;
  all.push_back({std::move(access)});
}

std::vector<Sighting> View::take(const Event& event, const ReadMounts& read) {
  const bool at_home = is_at_home(event.root);
  const std::uint32_t space = event.root.mount_namespace;
  refresh(event, read);

  Access access;
  access.kinds = kind_of(event.kind);
  access.by = program(event.exe, at_home);
  access.argv0 = event.argv0;
  access.runs = {0};
  const auto found = event.file ? own_path(event.file->device, event.file->in_filesystem) : std::nullopt;
  const bool found_elsewhere = event.file && !found && !event.file->stray;
  if (found) access.resolved = *found;
  if (found_elsewhere && at_home) access.resolved = event.file->path;
  access.other_mount = found_elsewhere;

  std::vector<Sighting> all;
  const auto give = [&](std::string path, bool waits = false) {
    access.path = std::move(path);
    all.push_back({access, waits});
  };
  const bool named = !event.name.empty() && !names_a_descriptor(event);
  if (named && event.base) {
    const Located name = asked(event);
    const bool own = name.whose == Whose::kOwn;
    if (own || (at_home && !event.base->stray)) {
      give(name.path);
      const bool bound = found && *found != event.file->path && !event.file->stray;
      if (bound && name.mount_point != event.file->mount_point) give(beside(*found, name.path));
    } else if (found) {
      give(beside(*found, name.path));
    } else if (name.whose == Whose::kUnknown && !event.file) {
      give(name.path, true);
    }
    if (own) tell_mount_point(space, name.mount_point, access, all);
  } else if (found || (found_elsewhere && at_home)) {
    give(access.resolved);
  } else if (named && !found_elsewhere) {
    access.unresolved = true;
    give(event.name);
  }
  if (found && !event.file->stray) tell_mount_point(space, event.file->mount_point, access, all);
  for (Sighting& one : all) {
    if (!one.access.unresolved) one.access.path = without_numbers(std::move(one.access.path));
    one.access.resolved = without_numbers(std::move(one.access.resolved));
  }
  return all;
}

std::vector<Sighting> View::hold(const Root& root, const Place& held, const std::optional<Place>& exe) {
  const bool at_home = is_at_home(root);
  const auto own = own_path(held.device, held.in_filesystem);
  if (!own && !at_home) return {};
  Access access;
  access.path = access.resolved = own ? *own : held.path;
  access.kinds = Kind::kMap;
  access.other_mount = !own;
  access.by = program(exe, at_home);
  access.runs = {0};
  std::vector<Sighting> all = {{access}};
  if (own) tell_mount_point(root.mount_namespace, held.mount_point, access, all);
  return all;
}

}  // namespace winnow::record
