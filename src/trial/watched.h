// SPDX-License-Identifier: Apache-2.0
// The targets of one trial, where each came from, and the profile that they make together.
#pragma once

#include <optional>

#include "trial/adoption.h"
#include "winnow/base/error.h"
#include "winnow/trial/trial.h"

namespace winnow {

class Watched {
 public:
  // Opens a recorder for the target of SPEC, or goes on with its session, and begins to watch.
  static Result<Watched> begin(const TrialSpec& spec, const Engine* engine);

  // Takes in events for at most TIMEOUT, and sorts newly born containers into ours and others'. FINAL: nothing more
  // will come.
  Result<void> update(std::chrono::milliseconds timeout, bool final);
  [[nodiscard]] Progress progress() const { return recorder_.progress(); }
  [[nodiscard]] std::size_t count() const;
  [[nodiscard]] bool all_ended() const;
  Result<AccessProfile> collect(const TrialSpec& spec, std::optional<int> status);
  // What a person should know of the recording beside the profile; sentences that may be shown.
  [[nodiscard]] std::vector<Error> notes() const;
  // Whatever a session kept is given up.
  Result<void> end();

 private:
  Watched(Recorder recorder, const Engine* engine) : recorder_(std::move(recorder)), engine_(engine) {}
  Result<void> watch(const ContainerSelector& selector);
  Result<void> watch(const ImageSelector& selector);
  Result<void> watch(const CgroupSelector& selector);
  Result<void> watch(const ProcessSelector& selector);
  Result<void> watch(const NewCgroupSelector& selector);
  Result<void> watch_process(pid_t pid);
  Result<void> resume();
  Result<void> save();

  Recorder recorder_;
  const Engine* engine_;
  ProfileImage image_;
  Described container_;         // of a target that is a container
  std::uint64_t began_ms_ = 0;  // Unix time: tells this recording from others of the same command
  std::optional<Adoption> adoption_;
  std::size_t saved_containers_ = 0;
};

}  // namespace winnow
