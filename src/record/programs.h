// SPDX-License-Identifier: Apache-2.0
// The loaded BPF programs and their maps: the only place, with the check of the kernel, that knows libbpf.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <span>

#include "winnow/record.h"

namespace winnow::record {

class Programs {
 public:
  using Sink = std::function<void(std::span<const std::byte>)>;  // gets one event; must not throw

  // Loads and attaches. The error says what is missing, with the end of libbpf's log where that helps.
  static Result<Programs> load(const RecorderOptions& options);
  Programs(Programs&&) noexcept;
  Programs& operator=(Programs&&) noexcept;
  ~Programs();

  // Makes CGROUP one of TARGET's, whose time of birth (CLOCK_MONOTONIC) is BORN_NS. False: the set of targets is full.
  bool watch(std::uint64_t cgroup, std::uint64_t target, std::uint64_t born_ns);
  // Takes all cgroups of TARGET out again.
  void forget(std::uint64_t target);
  void adopt(bool on);

  // What was lost of TARGET; 0: what could not be told by target.
  [[nodiscard]] Losses losses(std::uint64_t target) const;

  // Gives the events in the ring to SINK, after waiting at most TIMEOUT for the first.
  Result<void> drain(std::chrono::milliseconds timeout, const Sink& sink);

 private:
  struct Impl;
  explicit Programs(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Collects what libbpf has to say as long as it lives, instead of letting it print.
class LibbpfLog {
 public:
  LibbpfLog();
  LibbpfLog(const LibbpfLog&) = delete;
  LibbpfLog& operator=(const LibbpfLog&) = delete;
  ~LibbpfLog();
  // Its last lines that say why, at most LINES; verifier states are left out.
  [[nodiscard]] std::string tail(std::size_t lines) const;

 private:
  std::string text_;
};

bool kernel_has_btf();

}  // namespace winnow::record
