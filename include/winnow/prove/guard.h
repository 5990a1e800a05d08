// SPDX-License-Identifier: Apache-2.0
// The guard: stays with a running container of a slim image and reports what it looks up in vain, as it happens.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "winnow/base/error.h"
#include "winnow/engine/engine.h"
#include "winnow/index/index.h"
#include "winnow/plan/plan.h"

namespace winnow {

struct GuardOptions {
  std::string container;                              // by name or id
  std::optional<std::chrono::milliseconds> duration;  // at most this long
  std::size_t max_paths = std::size_t{1} << 16;       // in memory; at three quarters of it, recording begins anew
  bool ignore_exec = false;                           // leave out what only `docker exec` and the like missed
};

// Gets what a guard reports. Every call comes from the thread that called guard().
class GuardReader {
 public:
  GuardReader() = default;
  GuardReader(const GuardReader&) = delete;
  GuardReader& operator=(const GuardReader&) = delete;
  virtual ~GuardReader() = default;
  // True: the user wants it to stop.
  [[nodiscard]] virtual bool interrupted() const = 0;
  // Takes one line of JSON. An error ends the guard.
  virtual Result<void> take(std::string_view line) = 0;
  // Returns an error if nobody reads the lines any more, which ends the guard: if nothing is missing, take() is not
  // called, and so would not notice.
  virtual Result<void> is_there() = 0;
  // A sentence that a person should know.
  virtual void on_note(const std::string& sentence) = 0;
};

struct GuardOutcome {
  std::size_t missing = 0;  // paths, each counted once
  bool interrupted = false;
};

// Watches the container until it ends for good, the duration is over or READER interrupts. SPEC is its keep spec,
// SOURCE the source image. Errors: the container does not run, or it runs SOURCE; READER returned an error.
Result<GuardOutcome> guard(const Engine& engine, const KeepSpec& spec, const Index& source, const GuardOptions& options,
                           GuardReader& reader);

}  // namespace winnow
