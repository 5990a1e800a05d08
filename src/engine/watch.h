// SPDX-License-Identifier: Apache-2.0
// The state of a running event subscription, shared by its thread and its owner.
#pragma once

#include <deque>
#include <future>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "engine/streams.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/engine/engine.h"
#include "winnow/http/http.h"

namespace winnow {

struct ContainerWatch::Impl {
 public:
  // Subscribes to TARGET, a path and query. Returns when the engine has accepted, or the reason why it did not. The
  // query must have "since": the engine answers before it subscribes, so events in between would be missed.
  static Result<std::unique_ptr<Impl>> start(const http::Endpoint& endpoint, std::string target);

  [[nodiscard]] int fd() const { return ready_.get(); }
  std::vector<ContainerEvent> take();
  [[nodiscard]] std::optional<Error> failure() const;

 private:
  void run(const std::stop_token& stop, const http::Endpoint& endpoint, const http::Request& request);
  Result<void> take_line(std::string_view line);
  void wake();

  Fd ready_;  // an eventfd
  std::promise<Result<void>> accepted_;
  bool has_answered_ = false;  // accepted_ is set; only the thread uses this
  engine::LineReader lines_{std::size_t{8} << 20};
  // The last events, to recognise repetitions: while it subscribes us, an engine may send an event twice, from its
  // memory and live. Only the thread uses this.
  std::deque<std::tuple<std::int64_t, std::string, ContainerEvent::Action>> recent_;
  mutable std::mutex mutex_;
  std::vector<ContainerEvent> events_;  // guarded by mutex_
  std::optional<Error> failure_;        // guarded by mutex_
  std::jthread thread_;                 // the last member, so that it ends before what it uses is destroyed
};

}  // namespace winnow
