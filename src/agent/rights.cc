// SPDX-License-Identifier: Apache-2.0
// Each right is tried, or read from /proc: what a manifest asked for is not always what the pod got.
#include "agent/rights.h"

#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <charconv>
#include <cstring>

#include "winnow/base/file.h"
#include "winnow/base/text.h"
#include "winnow/record/cgroup.h"

namespace winnow {
namespace {

// linux/capability.h; the numbers are the bits of CapEff in /proc/self/status.
struct Capability {
  const char* name;
  const char* without;  // what does not work without it
  unsigned bit;
  bool needed;
};
constexpr Capability kCapabilities[] = {
    {"CAP_BPF", "no BPF program can be loaded", 39, true},
    {"CAP_PERFMON", "no BPF program that traces can be loaded", 38, true},
    {"CAP_SYS_PTRACE", "what running containers hold already cannot be read, so their profiles are partial", 19, false},
    {"CAP_DAC_READ_SEARCH",
     "what running containers of other users hold already cannot be read, so their profiles are partial", 2, false},
};
constexpr unsigned kSysAdmin = 21;  // includes CAP_BPF and CAP_PERFMON

// Whether MOUNT is the root of its whole hierarchy, not of what a container sees of it: only kernfs' root has inode 1.
bool is_whole(const std::string& mount) {
  struct stat status{};
  return ::stat(mount.c_str(), &status) == 0 && status.st_ino == 1;
}

// Whether this process is in the first pid namespace, whose inode is always the same (PROC_PID_INIT_INO,
// include/linux/proc_ns.h). Its own /proc tells the numbers of inner namespaces only.
bool sees_all_processes() {
  constexpr ino_t kFirst = 0xEFFFFFFC;
  struct stat status{};
  return ::stat("/proc/self/ns/pid", &status) != 0 || status.st_ino == kFirst;
}

// The value of a field of /proc/self/status.
std::string field_of(std::string_view status, std::string_view name) {
  for (const std::string_view line : lines(status))
    if (line.starts_with(name) && line.substr(name.size()).starts_with(":\t"))
      return std::string(line.substr(name.size() + 2));
  return "";
}

bool is_bpffs(const char* path) {
  struct statfs file_system{};
  return ::statfs(path, &file_system) == 0 && file_system.f_type == BPF_FS_MAGIC;
}

std::string reason() { return std::strerror(errno); }  // NOLINT(concurrency-mt-unsafe): before there are threads

}  // namespace

std::vector<MissingRight> missing_rights(const std::vector<RuntimeStore>& runtimes, const std::string& state) {
  std::vector<MissingRight> missing;
  const auto status = read_file("/proc/self/status");
  const std::string text = status ? *status : "";
  std::uint64_t held = 0;
  const std::string mask = field_of(text, "CapEff");
  std::from_chars(mask.data(), mask.data() + mask.size(), held, 16);
  for (const Capability& one : kCapabilities) {
    const bool admin = one.needed && (held >> kSysAdmin & 1) != 0;
    if ((held >> one.bit & 1) == 0 && !admin)
      missing.push_back({fmt::format("{} is missing: {}", one.name, one.without), one.needed});
  }
  if (!sees_all_processes())
    missing.push_back(
        {"the host's processes cannot be seen (hostPID: true is missing): what running containers hold "
         "already cannot be read, so their profiles are partial",
         false});
  if (!is_bpffs("/sys/fs/bpf"))
    missing.push_back(
        {"/sys/fs/bpf is not the host's bpffs: mount it into the pod (hostPath), and on the host "
         "(mount -t bpf bpf /sys/fs/bpf)",
         ::geteuid() != 0 || (held >> kSysAdmin & 1) == 0});  // it can be mounted by who may
  else if (::access("/sys/fs/bpf", W_OK) != 0)
    missing.push_back({"/sys/fs/bpf cannot be written: " + reason(), true});
  if (::access("/sys/kernel/btf/vmlinux", R_OK) != 0)
    missing.push_back({"/sys/kernel/btf/vmlinux cannot be read: the kernel has no type information", true});
  if (const auto hierarchy = default_hierarchy(); !hierarchy)
    missing.push_back({"no cgroups are mounted: mount the host's /sys/fs/cgroup", true});
  else if (!is_whole(hierarchy->mount))
    missing.push_back(
        {fmt::format("{} is not the host's: mount the host's /sys/fs/cgroup there", hierarchy->mount), true});
  for (const RuntimeStore& store : runtimes)
    if (const auto found = store.find({std::string(64, '0')}); !found)
      missing.push_back({fmt::format("{} cannot be read: {}", store.str(), found.error().what), false});
  if (::access(state.c_str(), W_OK) != 0)
    missing.push_back({fmt::format("{} cannot be written: {}", printable(state), reason()), true});
  return missing;
}

}  // namespace winnow
