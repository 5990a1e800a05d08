// SPDX-License-Identifier: Apache-2.0
// Finds out from the engine which of the newly recorded containers are made from the wanted image.
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

// The kernel does not know images, so the recorder records every new container. Containers of other images are
// released, and what they did is forgotten, as soon as the engine has said which image they are made from.
class Adoption {
 public:
  // Subscribes to the engine's events. To be called before the recorder adopts new containers. Error: there is no such
  // image.
  static Result<Adoption> begin(const Engine& engine, const std::string& image);
  // Goes on from what save() returned.
  static Result<Adoption> resume(const Engine& engine, const std::string& saved);
  [[nodiscard]] std::string save() const;

  // Takes in the recorder's new cgroups and the engine's events. FINAL: the engine is asked about containers that are
  // still unknown; then these are released, whatever fails.
  Result<void> update(Recorder& recorder, bool final);
  [[nodiscard]] const Digest& image_id() const { return image_.id; }
  [[nodiscard]] std::size_t containers() const { return ours_.size(); }
  // Returns what is known of the container in a cgroup; null if it is not of the wanted image.
  [[nodiscard]] const Described* container_of(std::uint64_t cgroup) const;
  // Returns the names of containers of the image out of which files were copied through the engine, which a recorder
  // cannot see.
  [[nodiscard]] const std::set<std::string>& read_from_outside() const { return read_from_outside_; }

 private:
  Adoption(const Engine& engine, const EngineImage& image, std::string since, ContainerWatch watch);
  static Result<Adoption> since(const Engine& engine, const std::string& image, const std::string& since);
  Result<void> take_events();
  // Asks the engine about a container that was just made, while it is there.
  Result<void> remember(const ContainerEvent& event);
  Result<bool> is_ours(const std::string& container_id);
  Result<void> listen();
  // Returns the container with this id, from its "create" event or, if ASK, from the engine; nullopt: it is unknown.
  Result<std::optional<Container>> find(const std::string& container_id, bool ask);

  const Engine* engine_;
  EngineImage image_;
  std::string since_;  // the engine's time when this began
  ContainerWatch watch_;
  std::map<std::string, Container> created_;  // by id: containers that the engine reported, without a cgroup so far
  std::deque<std::string> order_;             // their ids, the oldest first
  struct Unknown {
    NewContainer born;
    std::chrono::steady_clock::time_point since;
  };
  std::vector<Unknown> unknown_;
  std::chrono::steady_clock::time_point asked_;  // when the engine was last asked about all of these
  std::map<std::uint64_t, Described> ours_;      // by cgroup id
  std::set<std::string> read_from_outside_;
};

}  // namespace winnow
