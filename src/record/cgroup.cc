// SPDX-License-Identifier: Apache-2.0
// Cgroups by path and by process, and the container ids in their names.
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <ranges>

#include "record/mounts.h"
#include "winnow/record.h"

namespace winnow {
namespace {

constexpr std::size_t kIdDigits = 64;

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

Result<Cgroup> cgroup_in(const std::string& mount, const std::string& path) {
  const std::string directory = mount + (path == "/" ? "" : path);
  struct stat status{};
  struct statfs file_system{};
  if (::stat(directory.c_str(), &status) != 0 || ::statfs(directory.c_str(), &file_system) != 0) {
    Error error = Error::from_errno("looking for cgroup " + printable(directory));
    error.hint = "give the path of a cgroup v2 directory below " + mount;
    return std::unexpected(error);
  }
  if (!S_ISDIR(status.st_mode) || file_system.f_type != CGROUP2_SUPER_MAGIC)
    return fail(printable(directory) + " is not a cgroup v2 directory", "give one below " + mount);
  return Cgroup{path, status.st_ino};
}

}  // namespace

Result<std::string> cgroup2_mount() {
  const auto text = read_file("/proc/self/mountinfo");
  if (!text) return std::unexpected(text.error());
  const auto mounts = record::parse_mountinfo(*text);
  const auto found = std::ranges::find(mounts, "cgroup2", &record::Mount::type);
  if (found == mounts.end())
    return fail("no cgroup v2 hierarchy is mounted", "mount one: mount -t cgroup2 none /sys/fs/cgroup/unified");
  return found->point;
}

Result<Cgroup> cgroup_of_process(pid_t pid) {
  const auto mount = cgroup2_mount();
  if (!mount) return std::unexpected(mount.error());
  const auto text = read_file(fmt::format("/proc/{}/cgroup", pid));
  if (!text) {
    Error error = text.error().within(fmt::format("looking for the cgroup of process {}", pid));
    error.hint = "is it still running?";
    return std::unexpected(error);
  }
  constexpr std::string_view kV2 = "0::";
  for (std::string_view rest = *text; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const auto line = rest.substr(0, end);
    if (line.starts_with(kV2)) return cgroup_in(*mount, std::string(line.substr(kV2.size())));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return fail(fmt::format("process {} is in no cgroup of version 2", pid),
              "mount the cgroup v2 hierarchy; winnow does not work on version 1 alone");
}

Result<Cgroup> cgroup_at(const std::string& path) {
  const auto mount = cgroup2_mount();
  if (!mount) return std::unexpected(mount.error());
  const bool in_file_system = path == *mount || path.starts_with(*mount + "/");
  return cgroup_in(*mount, normal_path(in_file_system ? path.substr(mount->size()) : path));
}

std::string container_id_of(std::string_view cgroup_path) {
  const auto components = components_of(cgroup_path);
  for (const auto component : std::views::reverse(components))
    if (auto id = id_in(component); !id.empty()) return id;
  return "";
}

}  // namespace winnow
