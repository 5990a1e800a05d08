// SPDX-License-Identifier: Apache-2.0
// The node agent: records the containers of a node, and keeps one profile for each image in a store.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "winnow/agent/selection.h"
#include "winnow/base/error.h"
#include "winnow/image/runtime_store.h"
#include "winnow/record/record.h"
#include "winnow/store/objects.h"

namespace winnow {

enum class Severity : std::uint8_t { kInfo, kWarning, kError };
using Log = std::function<void(Severity, std::string_view)>;

struct AgentOptions {
  std::string node;
  std::string version;  // of winnow, for the metrics
  std::vector<RuntimeStore> runtimes;
  PodSelection selection;
  std::chrono::milliseconds interval{60'000};  // at most one write for each image in this time
  std::string listen;                          // "ADDRESS:PORT" of /metrics and /healthz; empty: none
  RecorderOptions recorder;                    // with a session, which the next agent takes over
  const RequestCounts* requests = nullptr;     // of the store; may be null
  Log log;
  const std::atomic<bool>* interrupted = nullptr;  // ends the agent, which saves; the session goes on without it
};

// Records until it is interrupted. Errors: a privilege is missing; the recorder failed; the state cannot be kept on the
// node's disk. A store that fails is tried again for as long as it takes.
Result<void> run_agent(const AgentOptions& options, ObjectStore& objects);

struct CompactOptions {
  std::chrono::milliseconds idle{std::chrono::hours(24)};  // nodes that have not had a run for so long are united
  std::chrono::milliseconds ttl{0};                        // profiles whose last run is older are removed; 0: none
};
struct Compacted {
  std::size_t images = 0, united = 0, removed = 0;
  std::vector<std::string> refused;  // one line for each object that is no profile, or cannot be read
};
// Unites the profiles of idle nodes into one for each image, and removes old ones. A node that wakes up again writes
// all that it has seen, which changes nothing in the union.
Result<Compacted> compact(ObjectStore& objects, const CompactOptions& options);

}  // namespace winnow
