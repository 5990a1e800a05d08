// SPDX-License-Identifier: Apache-2.0
// Recorded containers of the node: which pod and image each is of, and their runs as they end.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/ledger.h"
#include "agent/metrics.h"
#include "winnow/agent/agent.h"
#include "winnow/base/error.h"
#include "winnow/record/record.h"

namespace winnow {

class Node {
 public:
  // Opens the recorder, or takes over the session of an earlier agent, and begins to record: new containers from their
  // first instruction, running ones from now on.
  static Result<Node> begin(const AgentOptions& options, Ledger& ledger);

  // Takes in events for at most TIMEOUT, finds out about new containers, and moves runs that have ended to the ledger.
  Result<void> update(std::chrono::milliseconds timeout);
  // Returns whether a container of the image runs, and is recorded.
  [[nodiscard]] bool is_running(const Digest& image) const;
  // Returns what is known of an image now, of living runs too; without runs if there is nothing.
  Result<AccessProfile> profile_of(const Digest& image);
  // Writes the ledger, and forgets the targets whose runs are in it. Error: the recorder failed. A disk that does not
  // take the ledger is none: disk_trouble() says so, and everything is kept in memory.
  Result<void> save();
  // Says why what was recorded would now not outlive this process; empty: it would.
  [[nodiscard]] const std::string& disk_trouble() const {
    return disk_trouble_.empty() ? recorder_.disk_trouble() : disk_trouble_;
  }
  void count(AgentState& state) const;
  [[nodiscard]] std::string_view backend() const { return to_string(recorder_.backend()); }
  // Returns the names that the runtimes have for the image by now.
  void refresh_names(const Digest& image, ImageLedger& known) const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Recorded {
    Cgroup cgroup;
    std::string container_id;
    StoredContainer container;
    bool ended = false;  // its run is in the ledger
  };
  struct Unknown {
    Cgroup cgroup;
    std::string container_id;
    Clock::time_point since, asked;
  };
  Node(const AgentOptions& options, Ledger& ledger, Recorder recorder)
      : options_(&options), ledger_(&ledger), recorder_(std::move(recorder)) {}
  Result<void> attach();
  Result<void> identify();
  Result<void> find_missed();
  void meet(const std::string& id, Cgroup cgroup);
  [[nodiscard]] bool runs_elsewhere(const std::string& id, const Cgroup& cgroup) const;
  Result<void> settle(const std::string& id, const Cgroup& cgroup, const StoredContainer& container);
  Result<void> forget(const Cgroup& cgroup, Skip why, std::string_view what);
  Result<AccessProfile> collect(const Recorded& one);
  Result<void> end_runs();
  [[nodiscard]] std::map<std::string, StoredContainer> find(const std::set<std::string>& ids);
  void log(Severity severity, std::string_view line) const;

  const AgentOptions* options_;
  Ledger* ledger_;
  Recorder recorder_;
  std::map<std::uint64_t, Recorded> recorded_;  // by cgroup id
  std::map<std::uint64_t, Unknown> unknown_;    // by cgroup id
  std::set<std::uint64_t> left_out_;            // cgroups of living containers that are not to be recorded
  std::string disk_trouble_;                    // of the ledger
  std::set<std::uint64_t> inherited_;           // cgroups that an earlier agent recorded
  std::set<std::string> failing_;               // stores that could not be read when they were last asked
  Clock::time_point looked_;                    // when it was last asked which runs have ended
  Clock::time_point searched_;                  // when the hierarchy was last searched for missed containers
  std::uint64_t runs_ = 0, recovered_ = 0;
  Losses lost_;  // of ended runs
  std::map<Skip, std::uint64_t> skipped_;
};

}  // namespace winnow
