// SPDX-License-Identifier: Apache-2.0
// The state of a recorder: programs, targets, and the session in which both are kept.
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

struct Recording {
  using Clock = std::chrono::steady_clock;
  using Processes = std::function<std::vector<pid_t>()>;  // returns a target's processes at the time of the call

  RecorderOptions options;
  Hierarchy hierarchy;
  Root home;  // the root of this process
  Root host;  // the root of the machine, as far as it can be known: not ours if we are in a pod with its processes
  std::optional<Programs> programs;
  std::optional<Session> session;
  std::string annotation;
  std::map<std::uint64_t, Target> targets;
  std::vector<NewContainer> born;
  Clock::time_point last_new = Clock::now();
  bool gap = false;          // an earlier recorder's journal did not have all events
  std::string disk_trouble;  // why the journal does not have all events; empty: it has

  // Returns a recording with the hierarchy and the root of this process, but without programs.
  static Result<Recording> make(const RecorderOptions& options);

  Result<void> drain(std::chrono::milliseconds timeout);
  // Takes in the io_uring requests of TARGET that post no completion if they succeed. Returns the operations of its
  // requests whose result will stay unknown: if OVER, all that are open; else those older than 1 s.
  std::vector<unsigned> take_parked(std::uint64_t target, bool over);
  // Makes CGROUP a target and takes in what its tasks hold. KEYS are the ids by which the programs recognise it: of the
  // cgroup and those below it, the topmost first, or of a mount namespace.
  Result<void> watch(const Cgroup& cgroup, const std::vector<std::uint64_t>& keys, const Processes& processes);
  // Appends DATA to the session's journal, if there is a session. With options.outlasts_disk, a disk that does not take
  // it is no error: then the journal is written anew as soon as it can be.
  Result<void> keep(Session::Kind kind, std::string_view data);
  // Writes the journal anew, with all that is known; a failure is one of keep().
  Result<void> keep_all();
  // Takes in DATA that was kept before.
  Result<void> restore(Session::Kind kind, std::string_view data);

 private:
  bool take(std::span<const std::byte> bytes);
  void take_birth(const Event& event);
  void take_early();
  void take_snapshot(const Processes& processes, Target& target);
  std::map<pid_t, std::uint64_t> tell_apart(const std::vector<pid_t>& processes, Target& target);
  [[nodiscard]] std::optional<Root> runtime_among(const std::vector<pid_t>& processes) const;
  Result<void> shorten_session();
  Result<void> rewrite_session();
  void share_memory();

  Clock::time_point rewrite_at_;  // not before

  std::vector<std::vector<std::byte>> early_;  // events that came before the event of their target's birth
};

}  // namespace winnow::record
