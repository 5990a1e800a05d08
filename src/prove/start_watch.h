// SPDX-License-Identifier: Apache-2.0
// Sees from outside how the containers of one image come up: which could not be started, and what their health checks
// say.
#pragma once

#include <memory>
#include <thread>

#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/engine/engine.h"
#include "winnow/verify/verify.h"

namespace winnow {

// Listens on a thread of its own from begin() to finish(). ENGINE must outlive it.
class StartWatch {
 public:
  static Result<StartWatch> begin(const Engine& engine, const Digest& image);
  // Stops listening; writes what was seen into ATTEMPT.
  void finish(Attempt& attempt);

 private:
  struct Seen;
  struct State;
  explicit StartWatch(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
  std::jthread thread_;  // last: it ends first
};

}  // namespace winnow
