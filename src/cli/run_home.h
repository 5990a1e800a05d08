// SPDX-License-Identifier: Apache-2.0
// The directory of one run without an engine, under a lock that the kernel gives up with the process.
#pragma once

#include <string>

#include "winnow/base.h"

namespace winnow::cli {

class RunHome {
 public:
  // A new one below $WINNOW_STATE/runs, or /var/lib/winnow/runs. Before that, what runs have left whose process was
  // killed is removed.
  static Result<RunHome> make();
  RunHome(RunHome&& other) noexcept;
  RunHome& operator=(RunHome&&) = delete;
  ~RunHome();  // what a bundle has left of it is removed, too
  [[nodiscard]] const std::string& directory() const { return directory_; }

 private:
  RunHome(std::string directory, Fd lock) : directory_(std::move(directory)), lock_(std::move(lock)) {}
  std::string directory_;
  Fd lock_;
};

}  // namespace winnow::cli
