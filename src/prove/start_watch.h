// SPDX-License-Identifier: Apache-2.0
// Watches from outside how the containers of one image start: which could not be started, and what their health checks
// say.
#pragma once

#include <memory>
#include <thread>

#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/engine/engine.h"
#include "winnow/verify/verify.h"

namespace winnow {

// A thread listens to the engine's events from begin() to finish(). ENGINE must outlive the object.
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
  std::jthread thread_;  // the last member, so that it ends before the others are destroyed
};

}  // namespace winnow
