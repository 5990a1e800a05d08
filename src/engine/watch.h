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
  // Subscribes; returns when the engine has accepted, or with the reason why it did not.
  // TARGET must name a time with "since": the engine answers before it subscribes.
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
  bool has_answered_ = false;  // accepted_ is set; belongs to the thread
  engine::LineReader lines_{std::size_t{8} << 20};
  // The engine may give an event twice while it subscribes: from its memory and live. Belongs to the thread.
  std::deque<std::tuple<std::int64_t, std::string, ContainerEvent::Action>> recent_;
  mutable std::mutex mutex_;
  std::vector<ContainerEvent> events_;  // guarded by mutex_
  std::optional<Error> failure_;        // guarded by mutex_
  std::jthread thread_;                 // last: it ends before what it uses
};

}  // namespace winnow
