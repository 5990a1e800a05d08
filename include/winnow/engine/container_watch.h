// SPDX-License-Identifier: Apache-2.0
// A subscription to an engine's events: what happens to its containers.
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
    kHealth,   // the state of its health check changed, or it was sent a signal to end it, and that state means no more
    kMount,    // it starts with a volume mounted
    kTakeOut,  // files of it were read through the engine's API: `docker cp`, `docker export`
  } action = Action::kCreate;
  std::string id;
  std::string name;              // of the container; empty for kMount
  std::string image;             // as it was named when the container was made; empty for kMount
  std::optional<int> exit_code;  // kDie
  std::string health;            // kHealth: "healthy", "unhealthy"; empty: it was sent a signal to end it
  std::string volume;            // kMount: the volume's name
};

// What a container wrote to stdout and stderr.
struct ContainerLog {
  std::string out, err;
  std::string both;  // both streams, in the order in which they were written
};

// A running subscription to an engine's events. A thread reads them; it ends with the object.
class ContainerWatch {
 public:
  ContainerWatch(ContainerWatch&&) noexcept;
  ContainerWatch& operator=(ContainerWatch&&) noexcept;
  ~ContainerWatch();
  [[nodiscard]] int fd() const;        // becomes readable for poll(2) if take() or failure() has something new
  std::vector<ContainerEvent> take();  // the events since the last call, in order; never blocks
  [[nodiscard]] std::optional<Error> failure() const;  // why the subscription broke; nullopt: it did not

 private:
  friend class Engine;
  struct Impl;
  explicit ContainerWatch(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace winnow
