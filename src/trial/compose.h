// SPDX-License-Identifier: Apache-2.0
// Compose projects through docker's own client for them.
#pragma once

#include <stop_token>
#include <string>

#include "winnow/base/error.h"
#include "winnow/trial/test_bed.h"

namespace winnow {

// One project for one trial: up, the id of the tested container, and down with its volumes at the end of its life.
class ComposeProject {
 public:
  // With IMAGE in place of the own one of BED's services; empty: as the project says. Errors: no compose; its own
  // words.
  static Result<ComposeProject> open(const Engine& engine, const Home& home, const TestBed& bed,
                                     const std::string& image);
  ComposeProject(ComposeProject&& other) noexcept;
  ComposeProject& operator=(ComposeProject&&) = delete;
  ~ComposeProject();
  // MODE: "-d", or "--no-start" to make the containers only. Gives the id of the service's container.
  Result<std::string> up(const std::string& mode);

 private:
  ComposeProject(const Engine& engine, const Home& home, const TestBed& bed, std::vector<std::string> words)
      : engine_(&engine), home_(&home), bed_(&bed), words_(std::move(words)) {}
  Result<void> run(std::vector<std::string> more) const;

  const Engine* engine_;  // null once moved from
  const Home* home_;
  const TestBed* bed_;
  std::vector<std::string> words_;  // the client and the project's files
};

}  // namespace winnow
