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

// Requests of io_uring that have not been completed as far as the BPF programs know.
struct Parked {
  std::vector<std::vector<std::byte>> silent;  // events of requests that succeeded, but post no completion
  struct Open {
    unsigned operation = 0;          // enum io_uring_op
    std::uint64_t submitted_ns = 0;  // CLOCK_MONOTONIC
  };
  std::vector<Open> open;  // requests whose result is unknown
};

class Maps {
 public:
  enum Name { kTargets, kAccounts, kRing, kOverflow, kTaken, kEntered, kParked, kShared, kCount };
  // Their names in bpf/maps.h and bpf/parked.h; the last one holds only the variable "shared".
  static constexpr std::array<const char*, kCount> kNames = {"targets", "accounts", "ring",   "overflow",
                                                             "taken",   "entered",  "parked", ".bss"};
  // Takes one event, which is removed from the kernel's buffers when it returns. Must not throw.
  using Sink = std::function<void(std::span<const std::byte>)>;

  static Result<Maps> over(std::array<Fd, kCount> maps);
  Maps(Maps&&) noexcept;
  Maps& operator=(Maps&&) noexcept;
  ~Maps();

  [[nodiscard]] int fd(Name name) const;

  // Adds the cgroup (or mount namespace) KEY to TARGET. If TARGET has no account yet, it begins as FRESH. Returns false
  // if the set of targets is full.
  [[nodiscard]] bool watch(std::uint64_t key, const wn_target& target, const wn_account& fresh);
  // Removes all cgroups of TARGET, and its account.
  void forget(std::uint64_t target);
  void adopt(bool on);
  // Marks the process PID as part of VISIT: it came in from outside before its container was watched.
  void mark_entered(pid_t pid, std::uint64_t visit);

  // Returns whether CALLS, which open a file and look up another or the same one, reach the programs.
  [[nodiscard]] bool fires(const std::function<void()>& calls);

  // Sets whether the programs note the numbers of system calls.
  void set_noting(bool on);
  [[nodiscard]] bool noting() const;

  // Notes in the kernel that the recorder holds events that its journal does not have, for the recorder after it.
  void set_unkept(bool on);
  [[nodiscard]] bool unkept() const;

  // Returns the account of TARGET; for 0, the account of what belongs to no known target.
  [[nodiscard]] wn_account account(std::uint64_t target) const;
  // Returns the requests of io_uring by TARGET whose result the programs do not know, or not yet.
  [[nodiscard]] Parked parked(std::uint64_t target) const;
  // Waits at most TIMEOUT for an event, then calls SINK with all events that are stored; those that are stored from
  // then on may be left to the next call.
  Result<void> drain(std::chrono::milliseconds timeout, const Sink& sink);

 private:
  struct Impl;
  explicit Maps(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace winnow::record
