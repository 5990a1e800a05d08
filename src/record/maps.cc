// SPDX-License-Identifier: Apache-2.0
// Reads and writes the maps by their descriptors, so that it does not matter who loaded the programs.
#include "record/maps.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <map>
#include <set>
#include <vector>

#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/base/time.h"

namespace winnow::record {
namespace {

struct FreeRing {
  void operator()(ring_buffer* ring) const { ::ring_buffer__free(ring); }
};
struct Unmap {
  void operator()(wn_shared* shared) const { ::munmap(shared, sizeof(*shared)); }
};

template <typename Key>
std::vector<Key> keys_of(int map) {
  std::vector<Key> keys;
  Key key{};
  for (const Key* before = nullptr; ::bpf_map_get_next_key(map, before, &key) == 0; before = &keys.back())
    keys.push_back(key);
  return keys;
}

// Of an event with BEFORE bytes before it.
std::uint32_t chunks_of(const wn_event& event, std::size_t before) {
  const auto size_of = [](const wn_place& place) { return std::size_t{place.within} + place.above + place.below; };
  const std::size_t parts = std::size_t{event.name_len} + size_of(event.base) + size_of(event.file) +
                            size_of(event.exe) + event.root_len + event.argv0_len;
  const std::size_t size = before + ((sizeof(wn_event) + parts + 7) & ~std::size_t{7});  // as bpf/store.h pads it
  return static_cast<std::uint32_t>((size + WN_CHUNK - 1) / WN_CHUNK);
}

// Nothing: there is none (yet).
std::vector<std::byte> first_chunk(int map, std::uint64_t sequence) {
  const wn_chunk_key key{.sequence = sequence, .index = 0, .unused = 0};
  std::vector<std::byte> bytes(WN_CHUNK);
  if (::bpf_map_lookup_elem(map, &key, bytes.data()) != 0) bytes.clear();
  return bytes;
}

void add_chunks(int map, std::uint64_t sequence, std::uint32_t count, std::vector<std::byte>& bytes) {
  wn_chunk_key key{.sequence = sequence, .index = 1, .unused = 0};
  bytes.resize(std::size_t{count} * WN_CHUNK);
  for (; key.index < count; ++key.index)
    ::bpf_map_lookup_elem(map, &key, bytes.data() + std::size_t{key.index} * WN_CHUNK);
}

}  // namespace

struct Maps::Impl {
  std::array<Fd, kCount> maps;
  std::unique_ptr<ring_buffer, FreeRing> ring;
  std::unique_ptr<wn_shared, Unmap> shared;
  const Sink* sink = nullptr;  // while draining
  std::uint64_t until = 0;     // CLOCK_MONOTONIC: later events are left to the next drain

  // A workload may store events as fast as they are taken out: what comes now must not keep the recorder from all else.
  static int on_event(void* context, void* data, std::size_t size) {
    const auto* impl = static_cast<Impl*>(context);
    (*impl->sink)({static_cast<const std::byte*>(data), size});
    wn_event header{};
    if (size >= sizeof(header)) std::memcpy(&header, data, sizeof(header));
    return header.time_ns > impl->until ? -ECANCELED : 0;
  }
  [[nodiscard]] int fd(Name name) const { return maps[name].get(); }

  // Chunks in the overflow map that were not taken out yet.
  [[nodiscard]] bool overflown() const {
    const std::atomic_ref<unsigned long long> chunks(shared->chunks);
    return chunks.load(std::memory_order_acquire) != shared->taken;
  }
  void take_overflow();
  void count_taken(const std::map<std::uint64_t, std::uint64_t>& chunks_by_target);
};

// The kernel compares these with its own counts to see how full the map is.
void Maps::Impl::count_taken(const std::map<std::uint64_t, std::uint64_t>& chunks_by_target) {
  for (const auto& [target, chunks] : chunks_by_target) {
    std::uint64_t before = 0;
    ::bpf_map_lookup_elem(fd(kTaken), &target, &before);
    const std::uint64_t now = before + chunks;
    ::bpf_map_update_elem(fd(kTaken), &target, &now, BPF_ANY);
    const std::atomic_ref<unsigned long long> taken(shared->taken);
    taken.fetch_add(chunks, std::memory_order_release);
  }
}

// Events in the order in which they were stored. One without its first chunk is still being stored.
void Maps::Impl::take_overflow() {
  std::set<std::uint64_t> whole;
  for (const auto& key : keys_of<wn_chunk_key>(fd(kOverflow)))
    if (key.index == 0) whole.insert(key.sequence);
  std::map<std::uint64_t, std::uint64_t> taken;
  for (const std::uint64_t sequence : whole) {
    auto bytes = first_chunk(fd(kOverflow), sequence);
    if (bytes.empty()) continue;
    wn_event header{};
    std::memcpy(&header, bytes.data(), sizeof(header));
    const std::uint32_t count = chunks_of(header, 0);
    add_chunks(fd(kOverflow), sequence, count, bytes);
    (*sink)(bytes);
    wn_chunk_key key{.sequence = sequence, .index = 0, .unused = 0};
    for (key.index = 0; key.index < count; ++key.index) ::bpf_map_delete_elem(fd(kOverflow), &key);
    taken[header.target] += count;
  }
  count_taken(taken);
}

Maps::Maps(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Maps::Maps(Maps&&) noexcept = default;
Maps& Maps::operator=(Maps&&) noexcept = default;
Maps::~Maps() = default;

Result<Maps> Maps::over(std::array<Fd, kCount> maps) {
  auto impl = std::make_unique<Impl>();
  impl->maps = std::move(maps);
  impl->ring.reset(::ring_buffer__new(impl->fd(kRing), Impl::on_event, impl.get(), nullptr));
  if (!impl->ring) return std::unexpected(Error::from_errno("mapping the ring buffer"));
  void* const shared = ::mmap(nullptr, sizeof(wn_shared), PROT_READ | PROT_WRITE, MAP_SHARED, impl->fd(kShared), 0);
  if (shared == MAP_FAILED) return std::unexpected(Error::from_errno("mapping the variables of the BPF programs"));
  impl->shared.reset(static_cast<wn_shared*>(shared));
  const std::uint64_t nobody = 0;
  const wn_account none{};
  if (::bpf_map_update_elem(impl->fd(kAccounts), &nobody, &none, BPF_NOEXIST) != 0 && errno != EEXIST)
    return std::unexpected(Error::from_errno("preparing the BPF maps"));
  return Maps(std::move(impl));
}

int Maps::fd(Name name) const { return impl_->fd(name); }

bool Maps::watch(std::uint64_t key, const wn_target& target, const wn_account& fresh) {
  const std::atomic_ref<unsigned int> accounts(impl_->shared->accounts);
  accounts.fetch_add(1);
  if (::bpf_map_update_elem(fd(kAccounts), &target.id, &fresh, BPF_NOEXIST) != 0) {
    const bool there = errno == EEXIST;
    accounts.fetch_sub(1);
    if (!there) return false;
  }
  impl_->shared->maybe[key % WN_TARGETS_MAX] = 1;
  if ((key & WN_NAMESPACE) != 0) impl_->shared->namespaces = 1;
  return ::bpf_map_update_elem(fd(kTargets), &key, &target, BPF_ANY) == 0;
}

void Maps::forget(std::uint64_t target) {
  for (const auto key : keys_of<std::uint64_t>(fd(kTargets))) {
    wn_target value{};
    if (::bpf_map_lookup_elem(fd(kTargets), &key, &value) == 0 && value.id == target)
      ::bpf_map_delete_elem(fd(kTargets), &key);
  }
  ::bpf_map_delete_elem(fd(kAccounts), &target);
  ::bpf_map_delete_elem(fd(kTaken), &target);
}

void Maps::adopt(bool on) { impl_->shared->adopting = on ? 1 : 0; }

bool Maps::fires(const std::function<void()>& calls) {
  wn_shared& shared = *impl_->shared;
  shared.probing = 1;
  calls();
  shared.probing = 0;
  return shared.fired[WN_HOOK_OPEN] != 0 && shared.fired[WN_HOOK_LOOKUP] != 0;
}

void Maps::set_noting(bool on) { impl_->shared->noting = on ? 1 : 0; }
bool Maps::noting() const { return impl_->shared->noting != 0; }

void Maps::set_unkept(bool on) { impl_->shared->unkept = on ? 1 : 0; }
bool Maps::unkept() const { return impl_->shared->unkept != 0; }

void Maps::mark_entered(pid_t pid, std::uint64_t visit) {
  const Fd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  const int key = process.get();
  if (process.valid()) ::bpf_map_update_elem(fd(kEntered), &key, &visit, BPF_ANY);  // else it has ended
}

wn_account Maps::account(std::uint64_t target) const {
  wn_account account{};
  ::bpf_map_lookup_elem(fd(kAccounts), &target, &account);
  return account;
}

Parked Maps::parked(std::uint64_t target) const {
  Parked parked;
  for (const auto& key : keys_of<wn_chunk_key>(fd(kParked))) {
    if (key.index != 0) continue;
    auto bytes = first_chunk(fd(kParked), key.sequence);
    wn_request request{};
    wn_event event{};
    if (bytes.empty()) continue;
    std::memcpy(&request, bytes.data(), sizeof(request));
    std::memcpy(&event, bytes.data() + sizeof(request), sizeof(event));
    if (event.target != target) continue;
    if (request.silent == 0) {
      parked.open.push_back({.operation = request.operation, .submitted_ns = event.time_ns});
      continue;
    }
    add_chunks(fd(kParked), key.sequence, chunks_of(event, sizeof(request)), bytes);
    bytes.erase(bytes.begin(), bytes.begin() + sizeof(request));
    parked.silent.push_back(std::move(bytes));
  }
  return parked;
}

Result<void> Maps::drain(std::chrono::milliseconds timeout, const Sink& sink) {
  constexpr std::uint64_t kSkew = 1'000'000;  // ns between the stamp of an event and its place in the ring
  impl_->sink = &sink;
  impl_->until = monotonic_ns() + static_cast<std::uint64_t>(timeout.count()) * 1'000'000 + kSkew;
  const int waited = timeout.count() > 0 && !impl_->overflown()
                         ? ::ring_buffer__poll(impl_->ring.get(), static_cast<int>(timeout.count()))
                         : 0;
  int taken = waited;
  if (waited >= 0 || waited == -EINTR) taken = ::ring_buffer__consume(impl_->ring.get());
  if (taken == -ECANCELED) taken = 0;
  if (taken >= 0 && impl_->overflown()) impl_->take_overflow();
  impl_->sink = nullptr;
  if (taken < 0) return std::unexpected(Error::from_errno("reading the ring buffer", -taken));
  return {};
}

}  // namespace winnow::record
