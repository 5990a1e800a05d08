// SPDX-License-Identifier: Apache-2.0
// Brings profiles into the store, each image at its own time. The store is asked in a thread: however long it takes,
// the agent goes on to take events out of the kernel's buffers.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "agent/ledger.h"
#include "agent/metrics.h"
#include "agent/node.h"
#include "winnow/agent/agent.h"
#include "winnow/base/error.h"
#include "winnow/store/profiles.h"

namespace winnow {

class Publisher {
 public:
  Publisher(const AgentOptions& options, ObjectStore& objects);

  // Takes in what the last request came to, and begins the next one if one is due. Does not wait for the store. Error:
  // the recorder failed.
  Result<void> publish(Node& node, Ledger& ledger, AgentState& state);
  // The agent ends: all that is new is tried once, unless the store is out of reach, for at most PATIENCE.
  Result<void> finish(Node& node, Ledger& ledger, AgentState& state, std::chrono::milliseconds patience);

 private:
  using Clock = std::chrono::steady_clock;
  struct Published {
    std::optional<Clock::time_point> at;  // of the last write
    Clock::time_point next;               // not before
    std::chrono::seconds pause{0};        // after a failure; doubled each time
    bool seen = false;                    // by this agent
    std::uint64_t taken_runs = 0;         // see ImageLedger, when there was nothing that the store does not have
    bool looked = false;                  // what the store had of an earlier life of this node is in the ledger
    std::uint64_t bytes = 0;
  };
  // To be asked of the store: what it has of the image, or to take PROFILE.
  struct Job {
    Digest image;
    bool look = false;
    AccessProfile profile;
    std::set<std::string> references;
    std::set<Digest> manifests;
    Content content;
    std::uint64_t taken_runs = 0;
  };
  struct Outcome {
    Digest image;
    Result<std::uint64_t> bytes = 0;
    std::optional<AccessProfile> stored;  // of a look
    std::vector<std::string> refused;
    bool look = false;
    Content content;
    std::uint64_t taken_runs = 0;
  };
  static Content content_of(const AccessProfile& profile, const ImageLedger& image);
  Result<bool> begin(Node& node, Ledger& ledger, AgentState& state, bool final);
  Result<std::optional<Job>> job_for(const Digest& id, Node& node, Ledger& ledger, bool final);
  void settle(Outcome outcome, Ledger& ledger, AgentState& state);
  void succeed(Published& image, const Outcome& outcome, ImageLedger& known, AgentState& state);
  void fail_once(Published& image, const Outcome& outcome, AgentState& state);
  std::optional<Outcome> outcome();
  [[nodiscard]] bool busy();
  void work(const std::stop_token& stop);
  Outcome ask(const Job& job);

  const AgentOptions* options_;
  ObjectStore* objects_;
  ProfileStore store_;  // of the thread
  std::string where_;
  std::map<Digest, Published> published_;
  Digest last_;  // the image that was asked for last: the next one is another's turn
  Clock::time_point begun_ = Clock::now(), retry_;
  std::chrono::seconds pause_;
  std::size_t failures_in_row_ = 0;
  std::string since_;

  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::optional<Job> job_;
  std::optional<Outcome> outcome_;
  bool busy_ = false;
  std::jthread thread_;  // the last member: it ends before what it uses
};

}  // namespace winnow
