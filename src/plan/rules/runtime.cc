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
    "/etc/os-release",   // what scanners and bug reports name the system by
    "/usr/lib/os-release",
    "/etc/debian_version",
    "/etc/lsb-release",
    "/etc/alpine-release",
    "/etc/redhat-release",
    "/etc/system-release",
    "/var/run",  // a link to /run
    "/tmp",
    "/var/tmp",
    "/run",  // programs expect them with their modes: /tmp is 1777
    "/dev",
    "/proc",
    "/sys",  // mount points
};

}  // namespace

void seed_runtime(Decisions& plan, std::string_view rule) {
  for (const std::string_view path : kTakenForGranted)
    plan.keep_path(path, {std::string(rule), std::string(path), "runtimes and libc take it for granted"});
}

}  // namespace winnow
