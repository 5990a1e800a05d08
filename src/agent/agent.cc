// SPDX-License-Identifier: Apache-2.0
// The agent's loop: events in, ended runs to the disk, profiles to the store. Neither ends it, nor keeps it waiting.
#include "winnow/agent/agent.h"

#include <fmt/format.h>

#include "agent/ledger.h"
#include "agent/metrics.h"
#include "agent/node.h"
#include "agent/publisher.h"
#include "agent/rights.h"
#include "winnow/base/file.h"
#include "winnow/base/state.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kPoll = 200ms;
constexpr auto kSaveLedger = 2s;  // runs that have ended wait no longer for the disk
constexpr auto kShow = 1s;        // between two states for /metrics
constexpr auto kFarewell = 10s;   // a pod has 30 s to end

// Says once that the node's disk takes nothing, and once that it does again.
void tell_disk(const AgentOptions& options, const std::string& trouble, AgentState& state) {
  if (!trouble.empty() && !state.disk_trouble)
    options.log(Severity::kError, trouble + "; recording goes on in memory, and it is tried again");
  if (trouble.empty() && state.disk_trouble) options.log(Severity::kInfo, "the node's disk can be written again");
  state.disk_trouble = trouble.empty() ? std::nullopt : std::optional(trouble);
}

// A line for each right that is missing. Error: nothing can be recorded without one of them.
Result<void> check_rights(const AgentOptions& options, const std::string& state) {
  std::string needed;
  for (const MissingRight& one : missing_rights(options.runtimes, state)) {
    options.log(one.needed ? Severity::kError : Severity::kWarning, one.what);
    if (one.needed) needed += (needed.empty() ? "" : "; ") + one.what;
  }
  return needed.empty() ? Result<void>()
                        : fail("nothing can be recorded: " + needed, "deploy/base has all that is needed");
}

}  // namespace

Result<void> run_agent(const AgentOptions& options, ObjectStore& objects) {
  TRY(const std::string directory, state_directory());
  TRY_DO(make_directory(directory));
  TRY_DO(check_rights(options, directory));
  TRY(const auto server, AgentServer::start(options.listen, options.version));
  std::vector<std::string> problems;
  TRY(auto ledger, Ledger::open(directory + "/images", problems));
  for (const std::string& problem : problems) options.log(Severity::kError, problem);
  TRY(auto node, Node::begin(options, ledger));
  options.log(Severity::kInfo,
              fmt::format("recording node {} ({}) into {}", printable(options.node), node.backend(), objects.str()));
  Publisher publisher(options, objects);
  AgentState state{.backend = std::string(node.backend())};
  Clock::time_point saved, shown;
  while (!*options.interrupted) {
    TRY_DO(node.update(kPoll));
    const auto now = Clock::now();
    if (now - saved >= kSaveLedger) {
      saved = now;
      TRY_DO(node.save());
      tell_disk(options, node.disk_trouble(), state);
    }
    TRY_DO(publisher.publish(node, ledger, state));
    if (now - shown < kShow) continue;
    shown = now;
    node.count(state);
    if (options.requests != nullptr) {
      state.requests = options.requests->requests;
      state.request_failures = options.requests->failures;
    }
    server->show(state);
  }
  TRY_DO(node.update(0ms));
  TRY_DO(node.save());
  tell_disk(options, node.disk_trouble(), state);
  TRY_DO(publisher.finish(node, ledger, state, kFarewell));
  TRY_DO(node.save());
  options.log(Severity::kInfo, "stopped; the session goes on for the next agent");
  return {};
}

}  // namespace winnow
