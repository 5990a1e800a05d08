// SPDX-License-Identifier: Apache-2.0
// Ends what is left of a bundle. Every step may find its work done already.
#include "container/debris.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <memory>
#include <optional>
#include <ranges>
#include <thread>

#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/base/mounts.h"
#include "winnow/base/path.h"
#include "winnow/base/text.h"
#include "winnow/container/container.h"

namespace winnow::container {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kCgroupPrefix = "/winnow-";
constexpr std::size_t kIdDigits = 64;
constexpr auto kPatience = 10s;  // for killed processes to be gone: one may be in the middle of slow I/O
constexpr auto kPoll = 5ms;
constexpr std::size_t kMaxMounts = 4096;  // rounds of unmounting; several can lie on one place

std::vector<std::string> names_in(const std::string& directory) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(directory.c_str()), ::closedir);
  if (!stream) return names;
  while (const dirent* const one = ::readdir(stream.get()))  // NOLINT(concurrency-mt-unsafe): a stream of our own
    if (const std::string_view name = one->d_name; name != "." && name != "..") names.emplace_back(name);
  return names;
}

bool is_directory(const std::string& path) {
  struct stat status{};
  return ::lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

void add_below(const std::string& directory, std::vector<std::string>& all) {
  for (const std::string& name : names_in(directory))
    if (const std::string below = fmt::format("{}/{}", directory, name); is_directory(below)) add_below(below, all);
  all.push_back(directory);
}

std::vector<pid_t> processes_in(const std::vector<std::string>& cgroups) {
  std::vector<pid_t> pids;
  for (const std::string& cgroup : cgroups) {
    const auto text = read_file(cgroup + "/cgroup.procs");
    if (!text) continue;
    for (const std::string_view line : lines(*text)) {
      pid_t pid = 0;
      std::from_chars(line.begin(), line.end(), pid);
      if (pid > 0) pids.push_back(pid);
    }
  }
  return pids;
}

// Repeats STEP until it gives true; false when that took too long.
bool until(const auto& step) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!step()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(kPoll);
  }
  return true;
}

}  // namespace

std::string cgroup_named(std::string_view id) { return fmt::format("{}{}", kCgroupPrefix, id); }

bool is_bundle_cgroup(std::string_view path) {
  if (!path.starts_with(kCgroupPrefix)) return false;
  path.remove_prefix(kCgroupPrefix.size());
  return path.size() == kIdDigits && path.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::vector<std::string> cgroup_directories(std::string_view path) {
  std::vector<std::string> all;
  const auto text = read_file("/proc/self/mountinfo");
  if (!text) return all;
  for (const Mount& mount : parse_mountinfo(*text))
    if ((mount.type == "cgroup" || mount.type == "cgroup2") && is_directory(mount.point + std::string(path)))
      add_below(mount.point + std::string(path), all);
  return all;
}

Result<void> kill_cgroup(std::string_view path) {
  const bool empty = until([&] {
    const auto cgroups = cgroup_directories(path);
    // A frozen process of version 1 does not die.
    for (const std::string& cgroup : cgroups)
      if (::access((cgroup + "/freezer.state").c_str(), W_OK) == 0)
        if (const auto state = open_file(cgroup + "/freezer.state", O_WRONLY)) (void)write_all(state->get(), "THAWED");
    const auto pids = processes_in(cgroups);
    for (const pid_t pid : pids) ::kill(pid, SIGKILL);
    return pids.empty();
  });
  return empty ? Result<void>{} : fail("processes in cgroup " + printable(path) + " do not end");
}

void kill_runtimes(const std::string& state) {
  const std::string mark = fmt::format("--root{0}{1}{0}", '\0', state);
  for (const std::string& name : names_in("/proc")) {
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error != std::errc() || end != name.data() + name.size() || pid == ::getpid()) continue;
    const auto command = read_file(fmt::format("/proc/{}/cmdline", pid));
    if (command && command->contains(mark)) ::kill(pid, SIGKILL);
  }
}

Result<void> remove_cgroup(std::string_view path) {
  std::optional<Error> failed;
  // A process that has just been killed keeps its cgroup busy for a moment.
  const bool gone = until([&] {
    failed.reset();
    for (const std::string& directory : cgroup_directories(path))
      if (::rmdir(directory.c_str()) != 0 && errno != ENOENT)
        failed = Error::from_errno("removing cgroup " + printable(directory));
    return !failed;
  });
  return gone ? Result<void>{} : std::unexpected(*failed);
}

Result<void> unmount_below(const std::string& directory) {
  for (std::size_t round = 0; round < kMaxMounts; ++round) {
    TRY(const auto text, read_file("/proc/self/mountinfo"));
    const auto mounts = parse_mountinfo(text);
    const auto is_in = [&](const Mount& mount) { return is_below(mount.point, directory); };
    const auto length = [](const Mount& mount) { return mount.point.size(); };
    auto below = mounts | std::views::filter(is_in);
    const auto deepest = std::ranges::max_element(below, {}, length);
    if (deepest == below.end()) return {};
    if (::umount2((*deepest).point.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) != 0 && errno != EINVAL && errno != ENOENT)
      return std::unexpected(Error::from_errno("unmounting " + printable((*deepest).point)));
  }
  return fail("more is mounted below " + printable(directory) + " than can be");
}

}  // namespace winnow::container

namespace winnow {

Result<void> remove_bundle(const std::string& directory) {
  using namespace container;
  if (!is_directory(directory)) return {};
  const auto within = [&](const Error& error) {
    return std::unexpected(error.within("removing " + printable(directory)));
  };
  kill_runtimes(directory + std::string(kRuntimeState));
  const auto written = read_regular_file(directory + std::string(kCgroupFile), 4096);
  const std::string cgroup = written ? written->substr(0, written->find('\n')) : "";
  if (is_bundle_cgroup(cgroup)) {
    if (auto killed = kill_cgroup(cgroup); !killed) return within(killed.error());
    if (auto removed = remove_cgroup(cgroup); !removed) return within(removed.error());
  }
  if (auto unmounted = unmount_below(directory); !unmounted) return within(unmounted.error());
  return remove_tree(directory);
}

}  // namespace winnow
