// SPDX-License-Identifier: Apache-2.0
// Records the targets of one trial, and makes one profile of them.
#pragma once

#include <optional>

#include "trial/adoption.h"
#include "winnow/base/error.h"
#include "winnow/trial/trial.h"

namespace winnow {

class Watched {
 public:
  // Opens a recorder for the selector of SPEC, or goes on with its session, and begins to record.
  static Result<Watched> begin(const TrialSpec& spec, const Engine* engine);

  // Takes in events for at most TIMEOUT, and releases new containers of other images. FINAL: nothing more will come.
  Result<void> update(std::chrono::milliseconds timeout, bool final);
  [[nodiscard]] Progress progress() const { return recorder_.progress(); }
  [[nodiscard]] std::size_t count() const;
  [[nodiscard]] bool all_ended() const;
  Result<AccessProfile> collect(const TrialSpec& spec, std::optional<int> status);
  // Returns what a person should know of the recording besides the profile.
  [[nodiscard]] std::vector<Error> notes() const;
  // Ends the session, if there is one, and removes it.
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
  Described container_;         // for ContainerSelector: the container
  std::uint64_t began_ms_ = 0;  // Unix time in ms: tells this recording apart from others of the same command
  std::optional<Adoption> adoption_;
  std::size_t saved_containers_ = 0;
};

}  // namespace winnow
