// SPDX-License-Identifier: Apache-2.0
// What a recorder holds: programs, targets, and the session that both are kept in.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "record/programs.h"
#include "record/session.h"
#include "record/target.h"
#include "winnow/base/error.h"
#include "winnow/record/record.h"

namespace winnow::record {

std::uint64_t monotonic_ns();

struct Recording {
  using Clock = std::chrono::steady_clock;
  using Processes = std::function<std::vector<pid_t>()>;  // of a target, at the time of the call

  RecorderOptions options;
  Hierarchy hierarchy;
  Root home;  // our own root
  std::optional<Programs> programs;
  std::optional<Session> session;
  std::string annotation;
  std::map<std::uint64_t, Target> targets;
  std::vector<NewContainer> born;
  Clock::time_point last_new = Clock::now();

  // With the hierarchy and our own root; without programs.
  static Result<Recording> make(const RecorderOptions& options);

  Result<void> drain(std::chrono::milliseconds timeout);
  // Takes in the requests of io_uring whose success the kernel does not tell. Gives the operations whose result nobody
  // will know: all of them once the target is OVER, else those that are older than a moment.
  std::vector<unsigned> take_parked(std::uint64_t target, bool over);
  // Watches CGROUP, whose sightings the programs know by KEYS, the topmost first, and takes in what its tasks hold.
  Result<void> watch(const Cgroup& cgroup, const std::vector<std::uint64_t>& keys, const Processes& processes);
  // Writes down something that a session has to know.
  Result<void> keep(Session::Kind kind, std::string_view data);
  // Takes in what a session was told before.
  Result<void> restore(Session::Kind kind, std::string_view data);

 private:
  bool take(std::span<const std::byte> bytes);
  void take_birth(const Event& event);
  void take_early();
  void take_snapshot(const Processes& processes, Target& target);
  std::map<pid_t, std::uint64_t> tell_apart(const std::vector<pid_t>& processes, Target& target);
  Result<void> shorten_session();

  std::vector<std::vector<std::byte>> early_;  // events that came before the birth of their target
};

}  // namespace winnow::record
