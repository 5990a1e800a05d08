// SPDX-License-Identifier: Apache-2.0
// The maps that the BPF programs and the recorder share: targets in, events and accounts out.
#pragma once

#include <sys/types.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "events.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"

struct ring_buffer;

namespace winnow::record {

// What requests of io_uring asked for.
struct Parked {
  std::vector<std::vector<std::byte>> silent;  // events: the kernel says nothing of a success, which each of them shows
  struct Open {
    unsigned operation = 0;          // enum io_uring_op
    std::uint64_t submitted_ns = 0;  // CLOCK_MONOTONIC
  };
  std::vector<Open> open;  // without a result
};

class Maps {
 public:
  enum Name { kTargets, kAccounts, kRing, kOverflow, kTaken, kEntered, kParked, kShared, kCount };
  // As bpf/maps.h and bpf/parked.h call them; the last holds the variable "shared" alone.
  static constexpr std::array<const char*, kCount> kNames = {"targets", "accounts", "ring",   "overflow",
                                                             "taken",   "entered",  "parked", ".bss"};
  // Gets one event. It is gone from the kernel once SINK has returned. Must not throw.
  using Sink = std::function<void(std::span<const std::byte>)>;

  static Result<Maps> over(std::array<Fd, kCount> maps);
  Maps(Maps&&) noexcept;
  Maps& operator=(Maps&&) noexcept;
  ~Maps();

  [[nodiscard]] int fd(Name name) const;

  // Makes the cgroup (or mount namespace) KEY one of TARGET's, whose account begins as FRESH when it has none. False:
  // the set of targets is full.
  [[nodiscard]] bool watch(std::uint64_t key, const wn_target& target, const wn_account& fresh);
  // Takes all cgroups of TARGET out again, with its account.
  void forget(std::uint64_t target);
  void adopt(bool on);
  // Tells the processes of a container apart that came in from outside before it was watched.
  void mark_entered(pid_t pid, std::uint64_t visit);

  // Whether the programs note the numbers of system calls.
  void set_noting(bool on);
  [[nodiscard]] bool noting() const;

  // 0: what could not be told by target.
  [[nodiscard]] wn_account account(std::uint64_t target) const;
  // Requests of io_uring whose result the programs do not know, or not yet.
  [[nodiscard]] Parked parked(std::uint64_t target) const;
  // Gives the events that are stored to SINK, after waiting at most TIMEOUT for the first.
  Result<void> drain(std::chrono::milliseconds timeout, const Sink& sink);

 private:
  struct Impl;
  explicit Maps(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace winnow::record
