// SPDX-License-Identifier: Apache-2.0
// Which of the containers that the kernel adopted at birth are made from the wanted image: the engine knows.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "winnow/engine.h"
#include "winnow/record.h"

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
  // released.
  Result<void> update(Recorder& recorder, bool final);
  [[nodiscard]] const Digest& image_id() const { return image_.id; }
  [[nodiscard]] std::size_t containers() const { return ours_.size(); }
  [[nodiscard]] std::string name_of(std::uint64_t cgroup) const;
  [[nodiscard]] std::vector<std::string> healthcheck_of(std::uint64_t cgroup) const;

 private:
  struct Created {
    std::string name;
    std::string image;
  };
  struct Ours {
    std::string name;
    std::vector<std::string> healthcheck;
  };
  Adoption(const Engine& engine, const EngineImage& image, std::string since, ContainerWatch watch);
  static Result<Adoption> since(const Engine& engine, const std::string& image, const std::string& since);
  void adopt(const NewContainer& born);
  // The id of the image that a container was made from, by its "create" event or, when ASK, by asking the engine; not
  // valid when it is not known.
  Result<Digest> image_of(const std::string& container_id, bool ask);

  const Engine* engine_;
  EngineImage image_;
  std::string since_;  // the engine's time when this began
  ContainerWatch watch_;
  std::map<std::string, Created> created_;  // by container id, from the engine's events
  std::map<std::string, Digest> images_by_name_;
  struct Unknown {
    NewContainer born;
    std::chrono::steady_clock::time_point since;
  };
  std::vector<Unknown> unknown_;
  std::chrono::steady_clock::time_point asked_;  // the last time that the engine was asked about all of them
  std::map<std::uint64_t, Ours> ours_;           // by cgroup id
};

}  // namespace winnow
