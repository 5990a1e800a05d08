// SPDX-License-Identifier: Apache-2.0
// The directory of one trial: all that the trial starts is noted there first, so that it can be removed whatever
// happens.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/engine/engine.h"

namespace winnow {

// A directory with a lock that the kernel releases when the process ends. If the process was killed, sweep() removes
// the directory and what is noted in it.
class Home {
 public:
  // Makes a new directory below state_directory(), and locks it.
  static Result<Home> make();
  Home(Home&&) noexcept;
  Home& operator=(Home&&) = delete;
  // Removes the directory and a Bundle in it. If use() was called, it removes them only after clear() has succeeded.
  ~Home();

  [[nodiscard]] const std::string& id() const { return id_; }  // 12 hex digits
  // The label of the container that `docker run` starts for the trial, and the name of its compose project.
  [[nodiscard]] std::string label() const { return "dev.winnow.trial=" + id_; }
  [[nodiscard]] std::string project() const { return "winnow-" + id_; }
  // The path of NAME in the directory. at("container") is the place for a Bundle; sweep() removes it.
  [[nodiscard]] std::string at(std::string_view name) const { return directory_ + "/" + std::string(name); }
  // The file in which run_command() notes the child that it waits for.
  [[nodiscard]] std::string child() const { return at("child"); }

  // Notes ENGINE: from now on clear() removes what this trial has in it. Call it before new_image() and lend().
  Result<void> use(const Engine& engine);
  // Returns a name for a temporary image, after it was noted.
  Result<std::string> new_image(int number);
  // Lets NAME, which is the name of another image, lead to IMAGE until give_back(). This is noted first, so that
  // sweep() can give the name back if this process cannot.
  Result<void> lend(const Engine& engine, const std::string& name, const std::string& image);
  // Gives all such names back. A name that somebody else has given to a third image meanwhile stays as it is.
  Result<void> give_back(const Engine& engine);
  // Ends and removes everything that is noted. Error: the engine failed or, after use(), ENGINE is null or not the
  // noted one; what was not removed stays noted.
  Result<void> clear(const Engine* engine);

 private:
  friend Result<std::vector<std::string>> sweep(const Engine* engine);
  // Waits at most LATE for the last noted image, which the engine may still be loading.
  Result<void> clear(const Engine* engine, std::chrono::milliseconds late);
  Home(std::string directory, std::string id, Fd lock)
      : directory_(std::move(directory)), id_(std::move(id)), lock_(std::move(lock)) {}
  std::string directory_, id_;
  Fd lock_;
};

// Removes what is left of trials whose process has ended. If ENGINE is null, trials with things in an engine are left
// alone, unless the engine's unix socket is gone. Returns a sentence for each trial that was removed or could not be.
Result<std::vector<std::string>> sweep(const Engine* engine);

}  // namespace winnow
