// SPDX-License-Identifier: Apache-2.0
// What an engine tells of its containers while they live: a subscription to its events.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "winnow/base/error.h"

namespace winnow {

struct ContainerEvent {
  enum class Action {
    kCreate,
    kStart,
    kDie,
    kHealth,   // its health check says something else than before, or no more: it was asked to end
    kMount,    // it starts with a volume
    kTakeOut,  // files of it were read through the API: `docker cp`, `docker export`
  } action = Action::kCreate;
  std::string id;
  std::string name;              // not of kMount
  std::string image;             // as it was named when the container was made; not of kMount
  std::optional<int> exit_code;  // kDie
  std::string health;            // kHealth: "healthy", "unhealthy"; empty: what it says from now on is about its end
  std::string volume;            // kMount: its name
};

struct ContainerLog {
  std::string out, err;
  std::string both;  // in the order in which it was written
};

// A running subscription to the engine's container events, read by a thread of its own. Ends with its object.
class ContainerWatch {
 public:
  ContainerWatch(ContainerWatch&&) noexcept;
  ContainerWatch& operator=(ContainerWatch&&) noexcept;
  ~ContainerWatch();
  [[nodiscard]] int fd() const;        // poll(2) says readable when take() or failure() has something new
  std::vector<ContainerEvent> take();  // what came since the last call, in order; never blocks
  [[nodiscard]] std::optional<Error> failure() const;  // why the stream broke, once it has

 private:
  friend class Engine;
  struct Impl;
  explicit ContainerWatch(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace winnow
