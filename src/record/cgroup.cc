// SPDX-License-Identifier: Apache-2.0
// Hierarchies, cgroups by path and by process, and the container ids in their names.
#include "winnow/record/cgroup.h"

#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <charconv>
#include <ranges>

#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/base/mounts.h"
#include "winnow/base/path.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

constexpr std::size_t kIdDigits = 64;
// Controllers of version 1 that engines make cgroups in.
constexpr std::string_view kControllers[] = {"memory", "pids", "devices", "cpu", "freezer", "cpuset", "blkio"};

// The id in one component: behind the engine's prefix, before ".scope".
std::string id_in(std::string_view component) {
  if (component.ends_with(".scope")) component.remove_suffix(std::string_view(".scope").size());
  if (component.size() < kIdDigits) return "";
  const auto id = component.substr(component.size() - kIdDigits);
  const auto prefix = component.substr(0, component.size() - kIdDigits);
  const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (!std::ranges::all_of(id, is_digit)) return "";
  if (!prefix.empty() && prefix.back() != '-' && prefix.back() != ':') return "";
  return prefix.ends_with("conmon-") ? "" : std::string(id);  // Podman's and CRI-O's monitor, a process of the host
}

bool lists(std::string_view comma_separated, std::string_view one) {
  return std::ranges::any_of(split(comma_separated, ','), [&](std::string_view part) { return part == one; });
}

Result<std::vector<Mount>> mounts() {
  TRY(const auto text, read_file("/proc/self/mountinfo"));
  return parse_mountinfo(text);
}

// The second column of /proc/cgroups; 0 when there is no such controller of version 1.
std::uint32_t number_of(std::string_view controller) {
  const auto text = read_file("/proc/cgroups");
  if (!text) return 0;
  for (const auto line : lines(*text)) {
    std::uint32_t number = 0;
    if (!line.starts_with(controller) || line.substr(controller.size(), 1) != "\t") continue;
    std::from_chars(line.data() + controller.size() + 1, line.data() + line.size(), number);
    return number;
  }
  return 0;
}

std::optional<Hierarchy> version_1(const std::vector<Mount>& all, std::string_view controller) {
  for (const auto& mount : all)
    if (mount.type == "cgroup" && lists(mount.options, controller))
      if (const auto number = number_of(controller)) return Hierarchy{mount.point, std::string(controller), number};
  return std::nullopt;
}

std::optional<Hierarchy> first_version_1(const std::vector<Mount>& all) {
  for (const auto controller : kControllers)
    if (auto found = version_1(all, controller)) return found;
  return std::nullopt;
}

Result<std::string> cgroup_file(pid_t pid) {
  auto text = read_file(fmt::format("/proc/{}/cgroup", pid));
  if (text) return text;
  Error error = text.error().within(fmt::format("looking for the cgroup of process {}", pid));
  error.hint = "is it still running?";
  return std::unexpected(error);
}

Result<Cgroup> cgroup_in(const Hierarchy& hierarchy, const std::string& path) {
  const std::string directory = hierarchy.mount + (path == "/" ? "" : path);
  struct stat status{};
  struct statfs file_system{};
  if (::stat(directory.c_str(), &status) != 0 || ::statfs(directory.c_str(), &file_system) != 0) {
    Error error = Error::from_errno("looking for cgroup " + printable(directory));
    error.hint = "give the path of a cgroup directory below " + hierarchy.mount;
    return std::unexpected(error);
  }
  const auto magic = hierarchy.controller.empty() ? CGROUP2_SUPER_MAGIC : CGROUP_SUPER_MAGIC;
  if (!S_ISDIR(status.st_mode) || file_system.f_type != magic)
    return fail(printable(directory) + " is not a cgroup directory", "give one below " + hierarchy.mount);
  return Cgroup{path, status.st_ino};
}

}  // namespace

Result<Hierarchy> default_hierarchy() {
  TRY(const auto all, mounts());
  const auto found = std::ranges::find(all, "cgroup2", &Mount::type);
  if (found != all.end()) return Hierarchy{found->point, "", 0};
  if (auto first = first_version_1(all)) return *first;
  return fail("no cgroup hierarchy is mounted", "mount one: mount -t cgroup2 none /sys/fs/cgroup");
}

Result<Hierarchy> hierarchy_of_controller(std::string_view controller) {
  TRY(const auto all, mounts());
  if (auto found = version_1(all, controller)) return *found;
  return fail(fmt::format("no cgroup hierarchy of version 1 has the controller {}", printable(controller)),
              "/proc/cgroups lists the controllers; the default is version 2");
}

Result<Hierarchy> hierarchy_holding(const std::string& directory) {
  TRY(const auto all, mounts());
  const Mount* mount = mount_of(all, directory);
  if (mount == nullptr || mount->type != "cgroup") return default_hierarchy();
  for (const auto option : split(mount->options, ','))
    if (const auto number = number_of(option)) return Hierarchy{mount->point, std::string(option), number};
  return fail(printable(directory) + " is in a cgroup hierarchy without a controller",
              "name the cgroup by its directory in another hierarchy");
}

Result<Hierarchy> hierarchy_of_process(pid_t pid) {
  auto preferred = default_hierarchy();
  if (!preferred || !preferred->controller.empty()) return preferred;
  TRY(const auto text, cgroup_file(pid));
  if (cgroup_path_in(text, *preferred).value_or("/") != "/") return preferred;
  TRY(const auto all, mounts());
  for (const auto controller : kControllers)
    if (const auto other = version_1(all, controller); other && cgroup_path_in(text, *other).value_or("/") != "/")
      return *other;
  return preferred;
}

Result<Cgroup> cgroup_of_process(pid_t pid, const Hierarchy& hierarchy) {
  TRY(const auto text, cgroup_file(pid));
  if (const auto path = cgroup_path_in(text, hierarchy)) return cgroup_in(hierarchy, *path);
  return fail(fmt::format("process {} is in no cgroup of the hierarchy at {}", pid, hierarchy.mount),
              "`winnow doctor` says which hierarchies there are");
}

Result<Cgroup> cgroup_at(const std::string& path, const Hierarchy& hierarchy) {
  const std::string& mount = hierarchy.mount;
  return cgroup_in(hierarchy, normal_path(is_below(path, mount) ? path.substr(mount.size()) : path));
}

std::optional<std::string> cgroup_path_in(std::string_view text, const Hierarchy& hierarchy) {
  for (const auto line : lines(text)) {
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (second == std::string_view::npos) continue;
    const auto controllers = line.substr(first + 1, second - first - 1);
    const bool is_it =
        hierarchy.controller.empty() ? line.starts_with("0::") : lists(controllers, hierarchy.controller);
    if (is_it) return std::string(line.substr(second + 1));
  }
  return std::nullopt;
}

std::string container_id_of(std::string_view cgroup_path) {
  const auto components = components_of(cgroup_path);
  for (const auto component : std::views::reverse(components))
    if (auto id = id_in(component); !id.empty()) return id;
  return "";
}

}  // namespace winnow
