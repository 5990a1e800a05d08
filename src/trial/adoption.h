// SPDX-License-Identifier: Apache-2.0
// Which of the containers that the kernel adopted at birth are made from the wanted image: the engine knows.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "trial/described.h"
#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/engine/engine.h"
#include "winnow/record/record.h"

namespace winnow {

// The kernel cannot tell images apart, so it adopts every newborn container; those of other images are released, and
// what was seen of them forgotten, as soon as the engine has said what they are.
class Adoption {
 public:
  // Subscribes to the engine's events before anything is born. Errors: no such image.
  static Result<Adoption> begin(const Engine& engine, const std::string& image);
  // Goes on from what save() gave.
  static Result<Adoption> resume(const Engine& engine, const std::string& saved);
  [[nodiscard]] std::string save() const;

  // Takes in the recorder's newborn cgroups and the engine's events. FINAL: what is still unknown is asked for, then
  // released, whatever fails.
  Result<void> update(Recorder& recorder, bool final);
  [[nodiscard]] const Digest& image_id() const { return image_.id; }
  [[nodiscard]] std::size_t containers() const { return ours_.size(); }
  // What is known of the container in a cgroup; null when it is not one of ours.
  [[nodiscard]] const Described* container_of(std::uint64_t cgroup) const;
  // Containers of the image, by name, that files were read from through the engine: no recorder sees which.
  [[nodiscard]] const std::set<std::string>& read_from_outside() const { return read_from_outside_; }

 private:
  Adoption(const Engine& engine, const EngineImage& image, std::string since, ContainerWatch watch);
  static Result<Adoption> since(const Engine& engine, const std::string& image, const std::string& since);
  Result<void> take_events();
  // Asks the engine about a container that was just made, while it is there.
  Result<void> remember(const ContainerEvent& event);
  Result<bool> is_ours(const std::string& container_id);
  Result<void> listen();
  // What was made from which image, by its "create" event or, when ASK, by asking the engine; nothing when neither
  // knows it.
  Result<std::optional<Container>> find(const std::string& container_id, bool ask);

  const Engine* engine_;
  EngineImage image_;
  std::string since_;  // the engine's time when this began
  ContainerWatch watch_;
  std::map<std::string, Container> created_;  // by id: those that the engine told of and whose cgroup is still to come
  std::deque<std::string> order_;             // the ids of these, the oldest first
  struct Unknown {
    NewContainer born;
    std::chrono::steady_clock::time_point since;
  };
  std::vector<Unknown> unknown_;
  std::chrono::steady_clock::time_point asked_;  // the last time that the engine was asked about all of them
  std::map<std::uint64_t, Described> ours_;      // by cgroup id
  std::set<std::string> read_from_outside_;
};

}  // namespace winnow
