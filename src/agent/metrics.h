// SPDX-License-Identifier: Apache-2.0
// The agent's numbers for Prometheus and its health, served over HTTP.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "winnow/agent/selection.h"
#include "winnow/base/error.h"
#include "winnow/profile/profile.h"

namespace winnow {

// What the agent says of itself; its loop sets it, and whoever asks over HTTP reads the last one.
struct AgentState {
  std::string backend;                                // of the recorder
  std::uint64_t recorded = 0, images = 0, paths = 0;  // now
  std::uint64_t runs = 0, recovered = 0;              // so far
  Losses lost;                                        // so far
  std::map<Skip, std::uint64_t> skipped;              // so far
  std::uint64_t writes = 0, write_failures = 0, stored_bytes = 0;
  std::uint64_t requests = 0, request_failures = 0;
  double last_new_path = 0, last_write = 0;  // Unix time, seconds
  std::optional<std::string> store_trouble;  // "unreachable since 2026-01-01T00:00:00Z: why"
  std::optional<std::string> disk_trouble;   // why what was recorded would now not outlive the agent
};

class AgentServer {
 public:
  // Serves /metrics and /healthz on LISTEN, "ADDRESS:PORT"; with an empty LISTEN nothing is served. Error: LISTEN
  // cannot be listened on.
  static Result<std::unique_ptr<AgentServer>> start(const std::string& listen, const std::string& version);
  virtual ~AgentServer() = default;
  virtual void show(const AgentState& state) = 0;
};

}  // namespace winnow
