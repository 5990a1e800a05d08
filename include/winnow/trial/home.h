// SPDX-License-Identifier: Apache-2.0
// The place of one trial on disk: what it starts is written down there first, so that it can be removed whatever
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

// A directory with a lock that the kernel releases when the process ends. If the process was killed, the directory is
// debris, and so is what it names: sweep() removes both.
class Home {
 public:
  // Below state_directory().
  static Result<Home> make();
  Home(Home&&) noexcept;
  Home& operator=(Home&&) = delete;
  // Removes the directory, and a container without an engine that is in it; after use(), only if clear() has
  // succeeded.
  ~Home();

  [[nodiscard]] const std::string& id() const { return id_; }  // 12 hex digits
  // The label of the container that `docker run` starts for it, and the name of its compose project.
  [[nodiscard]] std::string label() const { return "dev.winnow.trial=" + id_; }
  [[nodiscard]] std::string project() const { return "winnow-" + id_; }
  // The path of NAME in the directory. at("container") is for a Bundle; sweep() removes it.
  [[nodiscard]] std::string at(std::string_view name) const { return directory_ + "/" + std::string(name); }
  // Where run_command notes the child that it waits for.
  [[nodiscard]] std::string child() const { return at("child"); }

  // Notes ENGINE: from now on clear() removes what it has for this trial.
  Result<void> use(const Engine& engine);
  // A name for a temporary image, which is noted first.
  Result<std::string> new_image(int number);
  // Lets NAME, another image's, lead to IMAGE until give_back(). Noted first: the next start gives it back if we
  // cannot.
  Result<void> lend(const Engine& engine, const std::string& name, const std::string& image);
  // Gives all such names back. One that somebody else has given to a third image meanwhile stays as it is.
  Result<void> give_back(const Engine& engine);
  // Ends and removes everything noted. Errors: the engine does not do it; then it stays noted.
  Result<void> clear(const Engine* engine);

 private:
  friend Result<std::vector<std::string>> sweep(const Engine* engine);
  // LATE: how long the last image may still take to be there.
  Result<void> clear(const Engine* engine, std::chrono::milliseconds late);
  Home(std::string directory, std::string id, Fd lock)
      : directory_(std::move(directory)), id_(std::move(id)), lock_(std::move(lock)) {}
  std::string directory_, id_;
  Fd lock_;
};

// Removes what is left of trials whose process is gone. Without ENGINE, what is in an engine stays if its socket is
// there. Returns a sentence for each trial removed, or not removable.
Result<std::vector<std::string>> sweep(const Engine* engine);

}  // namespace winnow
