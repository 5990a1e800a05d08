// SPDX-License-Identifier: Apache-2.0
// Rule: what runtimes and the C library take for granted in a root file system is kept where the image has it.
#include "plan/decisions.h"

namespace winnow {
namespace {

constexpr std::string_view kTakenForGranted[] = {
    "/etc/passwd",
    "/etc/group",          // the runtime resolves Config.User and --user names with them
    "/etc/nsswitch.conf",  // decides which NSS modules libc asks
    "/etc/ld.so.cache",    // how the loader finds libraries outside its default directories
    "/etc/hosts",
    "/etc/hostname",
    "/etc/resolv.conf",  // where runtimes mount files of their own; on a read-only root they cannot make them
    "/var/run",          // a link to /run
    "/tmp",
    "/var/tmp",
    "/run",  // programs expect them with their modes: /tmp is 1777
    "/dev",
    "/proc",
    "/sys",  // mount points
};

// What scanners and bug reports know a distribution by; without it they read no record of a package.
constexpr std::string_view kDistribution[] = {
    "/etc/os-release",        "/usr/lib/os-release",  "/etc/debian_version",     "/etc/lsb-release",
    "/etc/alpine-release",
    "/etc/apk/repositories",  // tells an edge of Alpine from a release
    "/etc/redhat-release",    "/etc/centos-release",  "/etc/fedora-release",     "/etc/rocky-release",
    "/etc/almalinux-release", "/etc/oracle-release",  "/etc/system-release",     "/etc/system-release-cpe",
    "/etc/SuSE-release",      "/etc/mariner-release", "/etc/azurelinux-release", "/etc/photon-release",
};
constexpr std::string_view kContentSets = "/root/buildinfo/content_manifests/*.json";  // of Red Hat's images

// What ldconfig(8) reads to make the cache anew: a runtime that mounts libraries runs it from outside. It knows the
// default directories itself.
void keep_loader_configuration(Decisions& plan, std::string_view rule) {
  constexpr std::string_view kConfiguration = "/etc/ld.so.conf";
  const auto cache = plan.index().resolve("/etc/ld.so.cache").entry;
  if (!cache || !plan.kept(*cache)) return;
  const Reason why{std::string(rule), "/etc/ld.so.cache", "ldconfig makes it anew from this"};
  plan.keep_path(kConfiguration, why);
  plan.each_child("/etc/ld.so.conf.d", [&](EntryId id) { plan.keep_path(plan.entry(id).path, why); });
}

}  // namespace

void seed_runtime(Decisions& plan, std::string_view rule) {
  for (const std::string_view path : kTakenForGranted)
    plan.keep_path(path, {std::string(rule), std::string(path), "runtimes and libc take it for granted"});
  for (const std::string_view path : kDistribution)
    plan.keep_path(path, {std::string(rule), std::string(path), "scanners know the distribution by it"});
  plan.each_match(std::string(kContentSets), [&](EntryId id) {
    plan.keep(id, {std::string(rule), plan.entry(id).path, "scanners know the distribution by it"});
  });
  keep_loader_configuration(plan, rule);
}

}  // namespace winnow
