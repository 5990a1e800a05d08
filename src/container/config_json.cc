// SPDX-License-Identifier: Apache-2.0
// The config.json of a bundle: what docker gives a container by default, but for the network, seccomp and limits.
#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "container/settings.h"
#include "winnow/base/path.h"

namespace winnow::container {
namespace {

using Json = nlohmann::ordered_json;

struct Capability {
  const char* name;
  unsigned bit;  // capability.h of Linux
};
// Docker's default ones (moby oci/caps).
constexpr Capability kCapabilities[] = {
    {"CAP_CHOWN", 0},        {"CAP_DAC_OVERRIDE", 1}, {"CAP_FOWNER", 3},
    {"CAP_FSETID", 4},       {"CAP_KILL", 5},         {"CAP_SETGID", 6},
    {"CAP_SETUID", 7},       {"CAP_SETPCAP", 8},      {"CAP_NET_BIND_SERVICE", 10},
    {"CAP_NET_RAW", 13},     {"CAP_SYS_CHROOT", 18},  {"CAP_MKNOD", 27},
    {"CAP_AUDIT_WRITE", 29}, {"CAP_SETFCAP", 31},
};
constexpr const char* kMasked[] = {"/proc/asound",        "/proc/acpi",       "/proc/kcore",       "/proc/keys",
                                   "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug",
                                   "/proc/scsi",          "/sys/firmware"};
constexpr const char* kReadOnly[] = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"};

std::vector<MountPoint> standard_mounts() {
  return {
      {"/proc", "proc", "proc", {"nosuid", "noexec", "nodev"}},
      {"/dev", "tmpfs", "tmpfs", {"nosuid", "strictatime", "mode=755", "size=65536k"}},
      {"/dev/pts", "devpts", "devpts", {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"}},
      {"/sys", "sysfs", "sysfs", {"nosuid", "noexec", "nodev", "ro"}},
      {"/sys/fs/cgroup", "cgroup", "cgroup", {"ro", "nosuid", "noexec", "nodev"}},
      {"/dev/mqueue", "mqueue", "mqueue", {"nosuid", "noexec", "nodev"}},
      {"/dev/shm", "tmpfs", "shm", {"nosuid", "noexec", "nodev", "mode=1777", "size=65536k"}},
  };
}

// The standard ones first, then by depth: a mount below another comes after it. A later one of the same place wins.
std::vector<MountPoint> all_mounts(const Settings& settings, const Surroundings& here) {
  std::vector<MountPoint> own = here.mounts;
  std::erase_if(own, [&](const MountPoint& one) { return mounts_at(settings.mounts, one.destination); });
  own.insert(own.end(), settings.mounts.begin(), settings.mounts.end());
  std::ranges::stable_sort(own, {}, [](const MountPoint& one) { return components_of(one.destination).size(); });
  std::vector<MountPoint> mounts = standard_mounts();
  std::erase_if(mounts, [&](const MountPoint& one) { return mounts_at(own, one.destination); });
  mounts.insert(mounts.end(), std::move_iterator(own.begin()), std::move_iterator(own.end()));
  return mounts;
}

Json json_of(const std::vector<MountPoint>& mounts) {
  Json list = Json::array();
  for (const MountPoint& one : mounts)
    list.push_back(
        {{"destination", one.destination}, {"type", one.type}, {"source", one.source}, {"options", one.options}});
  return list;
}

Json process_of(const Settings& settings, const User& user, const Surroundings& here) {
  const Json none = Json::array();
  // Whoever is not root starts without any, and can get those of the bounding set by a program's setuid bit.
  const Json held = user.uid == 0 ? Json(here.capabilities) : none;
  std::vector<std::string> env = settings.env;
  if (std::ranges::none_of(env, [](const std::string& one) { return one.starts_with("HOSTNAME="); }))
    env.push_back("HOSTNAME=" + here.hostname);
  return {{"terminal", false},
          {"user", {{"uid", user.uid}, {"gid", user.gid}, {"additionalGids", user.groups}}},
          {"args", settings.args},
          {"env", env},
          {"cwd", settings.cwd},
          {"capabilities",
           {{"bounding", here.capabilities},
            {"effective", held},
            {"permitted", held},
            {"inheritable", none},
            {"ambient", none}}}};
}

Json linux_of(const Surroundings& here) {
  Json namespaces = Json::array();
  for (const char* const type : {"mount", "uts", "ipc", "pid"}) namespaces.push_back({{"type", type}});
  if (here.unified_cgroups) namespaces.push_back({{"type", "cgroup"}});
  return {{"cgroupsPath", here.cgroup},
          {"namespaces", std::move(namespaces)},
          // runc allows the usual devices again.
          {"resources", {{"devices", Json::array({{{"allow", false}, {"access", "rwm"}}})}}},
          {"maskedPaths", kMasked},
          {"readonlyPaths", kReadOnly}};
}

}  // namespace

std::vector<std::string> default_capabilities(std::string_view mask) {
  std::uint64_t bits = 0;
  std::from_chars(mask.data(), mask.data() + mask.size(), bits, 16);
  std::vector<std::string> names;
  for (const Capability& one : kCapabilities)
    if ((bits >> one.bit & 1) != 0) names.emplace_back(one.name);
  return names;
}

std::string config_json(const Settings& settings, const User& user, const Surroundings& here) {
  const Json config = {{"ociVersion", "1.0.2"},
                       {"process", process_of(settings, user, here)},
                       {"root", {{"path", here.root}, {"readonly", settings.read_only}}},
                       {"hostname", here.hostname},
                       {"mounts", json_of(all_mounts(settings, here))},
                       {"linux", linux_of(here)}};
  // Words of a command line may be any bytes, JSON's may not.
  return config.dump(-1, ' ', true, Json::error_handler_t::strict);
}

}  // namespace winnow::container
