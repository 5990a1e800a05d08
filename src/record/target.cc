// SPDX-License-Identifier: Apache-2.0
// Sorts the sightings of one target and makes its profile.
#include "record/target.h"

#include <sys/utsname.h>

namespace winnow::record {
namespace {

constexpr std::uint64_t kNsPerMs = 1'000'000;

std::string kernel_release() {
  utsname names{};
  return ::uname(&names) == 0 ? names.release : "";
}

}  // namespace

Target::Target(Cgroup cgroup, std::uint64_t born_ns, const Root& home, Origin origin)
    : cgroup_(std::move(cgroup)),
      born_ns_(born_ns),
      home_(home),
      origin_(origin),
      populated_(origin == Origin::kRunning) {}

// A chroot stays in the mount namespace; a runtime unshares that first and moves its root later.
bool Target::is_foreign(const Root& root) const {
  return root.mount_namespace != home_.mount_namespace && !root.same_directory(home_);
}

void Target::settle(const Root& root) {
  if (is_foreign(root)) {
    inside_device_ = root.device;
  } else {
    settled_at_home_ = true;
  }
}

AccessProfile* Target::set_of(const Root& root) {
  if (!is_foreign(root)) return inside_device_ || origin_ == Origin::kAdopted ? nullptr : &at_home_;
  if (settled_at_home_) return nullptr;
  if (!inside_device_) inside_device_ = root.device;
  return root.device == *inside_device_ ? &inside_ : nullptr;  // else a root of its own: a container in the container
}

bool Target::take(const Root& root, Access access) {
  populated_ = true;
  AccessProfile* set = set_of(root);
  if (set == nullptr) return false;
  const std::size_t before = set->accesses.size();
  set->add(std::move(access));
  return set->accesses.size() > before;
}

bool Target::take(const Event& event) {
  populated_ = true;
  auto access = access_of(event);
  if (!access) return false;
  access->first_ms = event.time_ns > born_ns_ ? (event.time_ns - born_ns_) / kNsPerMs : 0;
  return take(event.root, *std::move(access));
}

void Target::end(std::uint64_t time_ns) { ended_ns_ = time_ns; }

AccessProfile Target::profile(std::uint64_t now_ns, std::uint64_t now_ms, Losses lost) const {
  AccessProfile profile = seen();
  const std::string id = container_id_of(cgroup_.path);
  lost.unreadable += unreadable_;
  profile.runs = {Run{.container = id.empty() ? cgroup_.path : id,
                      .name = {},
                      .from_start = origin_ != Origin::kRunning,
                      .started_ms = now_ms - (now_ns - born_ns_) / kNsPerMs,
                      .duration_ms = (ended_ns_.value_or(now_ns) - born_ns_) / kNsPerMs,
                      .backend = "syscall",
                      .kernel = kernel_release(),
                      .command = {},
                      .command_status = {},
                      .lost = lost}};
  return profile;
}

}  // namespace winnow::record
