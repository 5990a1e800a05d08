// SPDX-License-Identifier: Apache-2.0
// Owns the skeleton of the BPF programs and the ring buffer.
#include "record/programs.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include <algorithm>

#include "events.h"
#include "touch.skel.h"

namespace winnow::record {
namespace {

constexpr std::size_t kLogLines = 3;

struct CloseSkeleton {
  void operator()(touch* skeleton) const { touch__destroy(skeleton); }
};
struct FreeRing {
  void operator()(ring_buffer* ring) const { ::ring_buffer__free(ring); }
};

// What a person can do when the kernel said ERR.
std::string hint_for(int err) {
  if (err == EPERM || err == EACCES) return "run as root, or grant CAP_BPF, CAP_PERFMON and CAP_SYS_PTRACE";
  if (err == ENOMEM) return "give --ring-bytes or --seen-keys a smaller value, or raise the memory limit";
  return "`winnow doctor` says what this kernel lacks";
}

std::unexpected<Error> refused(std::string_view what, int err, const LibbpfLog& log) {
  Error error = Error::from_errno(what, err);
  error.hint = hint_for(err);
  // Without privilege the log says no more than the error does.
  if (const auto tail = log.tail(kLogLines); err != EPERM && !tail.empty()) error.what += " (" + printable(tail) + ")";
  return std::unexpected(error);
}

}  // namespace

struct Programs::Impl {
  std::unique_ptr<touch, CloseSkeleton> skeleton;
  std::unique_ptr<ring_buffer, FreeRing> ring;
  const Sink* sink = nullptr;  // while draining

  static int on_event(void* context, void* data, std::size_t size) {
    const auto* impl = static_cast<Impl*>(context);
    (*impl->sink)({static_cast<const std::byte*>(data), size});
    return 0;
  }
  [[nodiscard]] int targets() const { return ::bpf_map__fd(skeleton->maps.targets); }
  [[nodiscard]] int losses() const { return ::bpf_map__fd(skeleton->maps.losses); }
};

Programs::Programs(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Programs::Programs(Programs&&) noexcept = default;
Programs& Programs::operator=(Programs&&) noexcept = default;
Programs::~Programs() = default;

bool kernel_has_btf() {
  const LibbpfLog log;
  btf* const types = ::btf__load_vmlinux_btf();
  if (types == nullptr) return false;
  ::btf__free(types);
  return true;
}

Result<Programs> Programs::load(const RecorderOptions& options) {
  if (!kernel_has_btf())
    return fail("this kernel has no type information (no /sys/kernel/btf/vmlinux)",
                "use a kernel built with CONFIG_DEBUG_INFO_BTF=y; in a container, /sys must be the host's");
  const LibbpfLog log;
  ::libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
  auto impl = std::make_unique<Impl>();
  impl->skeleton.reset(touch__open());
  if (!impl->skeleton) return refused("opening the BPF programs", errno, log);
  const auto& maps = impl->skeleton->maps;
  if (::bpf_map__set_max_entries(maps.ring, static_cast<std::uint32_t>(options.ring_bytes)) != 0 ||
      ::bpf_map__set_max_entries(maps.seen, options.seen_keys) != 0)
    return refused("sizing the BPF maps", errno, log);
  if (const int err = touch__load(impl->skeleton.get()); err != 0) return refused("loading BPF programs", -err, log);
  impl->ring.reset(::ring_buffer__new(::bpf_map__fd(maps.ring), Impl::on_event, impl.get(), nullptr));
  if (!impl->ring) return refused("mapping the ring buffer", errno, log);
  const std::uint64_t nobody = 0;
  const wn_losses none{};
  if (::bpf_map_update_elem(impl->losses(), &nobody, &none, BPF_ANY) != 0)
    return refused("preparing the BPF maps", errno, log);
  if (const int err = touch__attach(impl->skeleton.get()); err != 0)
    return refused("attaching BPF programs", -err, log);
  return Programs(std::move(impl));
}

bool Programs::watch(std::uint64_t cgroup, std::uint64_t target, std::uint64_t born_ns) {
  const wn_losses none{};
  if (::bpf_map_update_elem(impl_->losses(), &target, &none, BPF_NOEXIST) != 0 && errno != EEXIST) return false;
  const wn_target value{target, born_ns};
  return ::bpf_map_update_elem(impl_->targets(), &cgroup, &value, BPF_ANY) == 0;
}

void Programs::forget(std::uint64_t target) {
  std::vector<std::uint64_t> cgroups;
  std::uint64_t key = 0;
  for (const std::uint64_t* before = nullptr; ::bpf_map_get_next_key(impl_->targets(), before, &key) == 0;
       before = &key) {
    wn_target value{};
    if (::bpf_map_lookup_elem(impl_->targets(), &key, &value) == 0 && value.id == target) cgroups.push_back(key);
  }
  for (const std::uint64_t cgroup : cgroups) ::bpf_map_delete_elem(impl_->targets(), &cgroup);
  ::bpf_map_delete_elem(impl_->losses(), &target);
}

void Programs::adopt(bool on) { impl_->skeleton->bss->adopting = on; }

Losses Programs::losses(std::uint64_t target) const {
  wn_losses lost{};
  if (::bpf_map_lookup_elem(impl_->losses(), &target, &lost) != 0) return {};
  return {.ring_full = lost.count[WN_LOST_RING_FULL],
          .truncated = lost.count[WN_LOST_TRUNCATED],
          .unreadable = lost.count[WN_LOST_UNREADABLE],
          .targets_full = lost.count[WN_LOST_TARGETS_FULL],
          .compat_syscalls = lost.count[WN_LOST_COMPAT],
          .io_uring = lost.count[WN_LOST_IO_URING]};
}

Result<void> Programs::drain(std::chrono::milliseconds timeout, const Sink& sink) {
  impl_->sink = &sink;
  const int waited =
      timeout.count() > 0 ? ::ring_buffer__poll(impl_->ring.get(), static_cast<int>(timeout.count())) : 0;
  const int taken = waited < 0 && waited != -EINTR ? waited : ::ring_buffer__consume(impl_->ring.get());
  impl_->sink = nullptr;
  if (taken < 0) return std::unexpected(Error::from_errno("reading the ring buffer", -taken));
  return {};
}

}  // namespace winnow::record
