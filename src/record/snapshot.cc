// SPDX-License-Identifier: Apache-2.0
// Reads /proc. Tasks come and go meanwhile: what has ended holds nothing.
#include "record/snapshot.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/base/mounts.h"
#include "winnow/base/text.h"

namespace winnow::record {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kDeleted = " (deleted)";

// One process while it is read.
class ProcReader {
 public:
  ProcReader(std::string proc, Root root, std::vector<Mount> mounts) : proc_(std::move(proc)) {
    held_.root = std::move(root);
    held_.mounts = std::move(mounts);
  }

  // A link of /proc that leads to a file; empty for pipes, sockets and the like, and when it cannot be read.
  std::string target_of(const std::string& link) {
    std::array<char, 4097> buffer{};
    const ssize_t length = ::readlink((proc_ + link).c_str(), buffer.data(), buffer.size());
    if (length < 0) {
      if (errno != ENOENT && errno != ESRCH) ++held_.unreadable;
      return "";
    }
    return cleaned(std::string(buffer.data(), static_cast<std::size_t>(length)));
  }

  std::optional<Place> place_of(const std::string& path) const {
    if (path.empty()) return std::nullopt;
    const Mount* mount = mount_of(held_.mounts, path);
    if (mount == nullptr) return Place{.device = held_.root.device, .path = path, .in_filesystem = path};
    const auto below = std::string_view(path).substr(mount->point == "/" ? 0 : mount->point.size());
    std::string in_filesystem = below.empty() || below == "/" ? mount->root
                                : mount->root == "/"          ? std::string(below)
                                                              : mount->root + std::string(below);
    return Place{.device = mount->device,
                 .path = path,
                 .in_filesystem = std::move(in_filesystem),
                 .mount_point = mount->point,
                 .mounted = mount->root};
  }

  void add(const std::string& path) {
    if (auto place = place_of(path)) held_.places.push_back(*std::move(place));
  }

  void add_descriptors() {
    std::error_code failed;
    for (fs::directory_iterator at(proc_ + "/fd", failed), end; !failed && at != end; at.increment(failed)) {
      const std::string number = at->path().filename().string();
      if (!is_elsewhere(number)) add(target_of("/fd/" + number));
    }
    if (failed == std::errc::permission_denied) ++held_.unreadable;
  }

  // "START-END PERMS OFFSET DEV INODE    PATH", with a newline in a path written as \012.
  void add_mappings() {
    const auto text = read_file(proc_ + "/maps");
    if (!text) {
      if (::access((proc_ + "/maps").c_str(), R_OK) != 0 && errno == EACCES) ++held_.unreadable;
      return;
    }
    std::set<std::string> paths;
    for (const std::string_view line : lines(*text))
      if (const std::size_t slash = line.find('/'); slash != std::string_view::npos)
        paths.insert(cleaned(with_newlines(line.substr(slash))));
    for (const auto& path : paths) add(path);
  }

  void add_exe() {
    held_.exe = place_of(target_of("/exe"));
    if (held_.exe) held_.places.push_back(*held_.exe);
  }
  Held take() { return std::move(held_); }

 private:
  // Whether descriptor NUMBER is of a mount that the process does not see: the path of its file then says nothing.
  // Runtimes pass such descriptors into containers.
  [[nodiscard]] bool is_elsewhere(const std::string& number) const {
    constexpr std::string_view kField = "mnt_id:\t";
    const auto text = read_file(proc_ + "/fdinfo/" + number);
    const std::size_t at = text ? text->find(kField) : std::string::npos;
    std::uint32_t id = 0;
    if (at == std::string::npos ||
        std::from_chars(text->data() + at + kField.size(), text->data() + text->size(), id).ec != std::errc())
      return false;
    // Of a process in a chroot only the mounts in there are told: what it opened before is the container's all the
    // same.
    const bool whole = std::ranges::any_of(held_.mounts, [](const Mount& mount) { return mount.point == "/"; });
    return whole && std::ranges::none_of(held_.mounts, [id](const Mount& mount) { return mount.id == id; });
  }
  static std::string with_newlines(std::string_view text) {
    constexpr std::string_view kEscape = "\\012";
    std::string path;
    for (std::size_t at; (at = text.find(kEscape)) != std::string_view::npos; text.remove_prefix(at + kEscape.size()))
      path.append(text.substr(0, at)).append(1, '\n');
    return path.append(text);
  }

  // Only paths, and without the mark that the kernel puts behind the name of a file that has been deleted since.
  [[nodiscard]] std::string cleaned(std::string path) const {
    if (!path.starts_with('/') || path.starts_with("/memfd:") || path.starts_with("/SYSV")) return "";
    struct stat status{};
    if (path.ends_with(kDeleted) && ::lstat((proc_ + "/root" + path).c_str(), &status) != 0)
      path.resize(path.size() - kDeleted.size());
    return path;
  }

  std::string proc_;
  Held held_;
};

}  // namespace

Result<Root> root_of(const std::string& pid) {
  const std::string proc = fmt::format("/proc/{}", pid);
  struct stat root{};
  struct stat mount_namespace{};
  if (::stat((proc + "/root/").c_str(), &root) != 0 || ::stat((proc + "/ns/mnt").c_str(), &mount_namespace) != 0)
    return std::unexpected(Error::from_errno("looking at the root of process " + pid));
  TRY(const auto text, read_file(proc + "/mountinfo"));
  Root found{static_cast<std::uint32_t>(mount_namespace.st_ino),
             static_cast<std::uint32_t>(major(root.st_dev) << 20 | minor(root.st_dev)), root.st_ino};
  for (const Mount& mount : parse_mountinfo(text)) {
    if (mount.point != "/") continue;
    found.device = mount.device;
    found.path = mount.root;
  }
  return found;
}

std::vector<std::string> cgroups_below(const std::string& directory) {
  std::vector<std::string> found = {directory};
  for (std::size_t next = 0; next < found.size(); ++next) {
    std::error_code failed;
    for (fs::directory_iterator at(found[next], failed), end; !failed && at != end; at.increment(failed))
      if (at->is_directory(failed)) found.push_back(at->path().string());
  }
  return found;
}

std::vector<pid_t> processes_in(const std::vector<std::string>& directories) {
  std::vector<pid_t> processes;
  for (const auto& directory : directories) {
    auto text = read_file(directory + "/cgroup.procs");
    if (!text) text = read_file(directory + "/cgroup.threads");  // in a threaded cgroup the other cannot be read
    if (!text) continue;                                         // removed meanwhile
    const char* at = text->data();
    const char* const end = at + text->size();
    for (pid_t pid = 0; at < end; ++at) {
      const auto [next, error] = std::from_chars(at, end, pid);
      if (error != std::errc()) break;
      if (pid >= 0) processes.push_back(pid);
      at = next;
    }
  }
  return processes;
}

namespace {

struct Ancestry {
  pid_t parent = 0;
  std::uint64_t started = 0;  // clock ticks after boot
  bool is_first = false;      // process 1 of a pid namespace
};

// Fields 4 and 22 of /proc/PID/stat, behind the name, which may hold anything; proc_pid_stat(5).
std::optional<Ancestry> ancestry_of(pid_t pid) {
  const auto text = read_file(fmt::format("/proc/{}/stat", pid));
  const auto status = read_file(fmt::format("/proc/{}/status", pid));
  if (!text || !status) return std::nullopt;
  std::istringstream rest(text->substr(std::min(text->rfind(')') + 1, text->size())));
  Ancestry ancestry;
  std::string skipped;
  rest >> skipped >> ancestry.parent;
  for (int field = 5; field < 22; ++field) rest >> skipped;
  rest >> ancestry.started;
  const std::size_t line = status->find("\nNSpid:");
  if (line != std::string::npos) {
    const auto pids = status->substr(line + 1, status->find('\n', line + 1) - line - 1);
    ancestry.is_first = pids.ends_with("\t1");
  }
  return ancestry;
}

std::vector<std::string> command_of(pid_t pid) {
  std::vector<std::string> command;
  const auto text = read_file(fmt::format("/proc/{}/cmdline", pid));
  for (const std::string_view word : split(text ? std::string_view(*text) : "", '\0')) command.emplace_back(word);
  return command;
}

// Processes, and which of them each is descended from.
struct Family {
  std::map<pid_t, Ancestry> all;
  std::map<pid_t, pid_t> parents;

  explicit Family(const std::vector<pid_t>& processes) {
    for (const pid_t pid : processes)
      if (const auto ancestry = ancestry_of(pid)) {
        all[pid] = *ancestry;
        parents[pid] = ancestry->parent;
      }
  }
  [[nodiscard]] pid_t first() const {
    const auto rank = [this](pid_t pid) { return std::pair(!all.at(pid).is_first, all.at(pid).started); };
    pid_t first = 0;
    for (const auto& [pid, ancestry] : all)
      if (topmost(parents, pid) == pid && (first == 0 || rank(pid) < rank(first))) first = pid;
    return first;
  }
};

}  // namespace

pid_t topmost(const std::map<pid_t, pid_t>& parents, pid_t pid) {
  for (std::size_t steps = 0; steps < parents.size(); ++steps) {
    const auto parent = parents.find(pid);
    if (parent == parents.end() || !parents.contains(parent->second)) break;
    pid = parent->second;
  }
  return pid;
}

pid_t first_among(const std::vector<pid_t>& processes) { return Family(processes).first(); }

std::vector<Intruder> intruders_among(const std::vector<pid_t>& processes) {
  const Family family(processes);
  const pid_t first = family.first();
  std::vector<Intruder> intruders;
  for (const auto& [pid, ancestry] : family.all)
    if (const pid_t from = topmost(family.parents, pid); from != first) intruders.push_back({pid, command_of(from)});
  return intruders;
}

std::vector<Pending> pending_calls(pid_t pid) {
  constexpr std::size_t kClass = 4;  // EI_CLASS, with ELFCLASS32 or another value; elf(5)
  const std::string proc = fmt::format("/proc/{}", pid);
  std::array<char, kClass + 1> elf{};
  if (const auto program = open_file(proc + "/exe", O_RDONLY))
    (void)!::pread(program->get(), elf.data(), elf.size(), 0);
  std::vector<Pending> pending;
  std::error_code failed;
  for (fs::directory_iterator at(proc + "/task", failed), end; !failed && at != end; at.increment(failed)) {
    const auto text = read_file(at->path().string() + "/syscall");
    unsigned number = 0;  // "running" and "-1" are no calls
    if (text && std::from_chars(text->data(), text->data() + text->size(), number).ec == std::errc())
      pending.push_back({number, elf[kClass] == 1});
  }
  return pending;
}

std::vector<pid_t> processes_in_mount_namespace(std::uint32_t inode) {
  std::vector<pid_t> processes;
  std::error_code failed;
  for (fs::directory_iterator at("/proc", failed), end; !failed && at != end; at.increment(failed)) {
    const std::string name = at->path().filename();
    pid_t pid = 0;
    if (std::from_chars(name.data(), name.data() + name.size(), pid).ptr != name.data() + name.size()) continue;
    struct stat status{};
    if (::stat((at->path() / "ns/mnt").c_str(), &status) == 0 && status.st_ino == inode) processes.push_back(pid);
  }
  return processes;
}

Held held_by(pid_t pid) {
  Held nothing;
  nothing.unreadable = 1;
  if (pid == 0) return nothing;
  const std::string proc = fmt::format("/proc/{}", pid);
  struct stat status{};
  if (::stat((proc + "/root/").c_str(), &status) != 0 && (errno == EACCES || errno == EPERM)) return nothing;
  const auto root = root_of(fmt::to_string(pid));
  const auto mountinfo = read_file(proc + "/mountinfo");
  if (!root || !mountinfo) return {};
  ProcReader reader(proc, *root, parse_mountinfo(*mountinfo));
  reader.add_exe();
  reader.add(reader.target_of("/cwd"));
  reader.add(reader.target_of("/root"));
  reader.add_descriptors();
  reader.add_mappings();
  return reader.take();
}

std::optional<std::vector<Mount>> mounts_of(std::uint32_t process, std::uint32_t mount_namespace) {
  const std::string proc = fmt::format("/proc/{}", process);
  const auto is_there = [&] {
    struct stat status{};
    return ::stat((proc + "/ns/mnt").c_str(), &status) == 0 && status.st_ino == mount_namespace;
  };
  if (!is_there()) return std::nullopt;
  const auto text = read_file(proc + "/mountinfo");
  if (!text || !is_there()) return std::nullopt;
  return parse_mountinfo(*text);
}

}  // namespace winnow::record
