// SPDX-License-Identifier: Apache-2.0
// Runs compose projects with docker's client for them.
#pragma once

#include <stop_token>
#include <string>

#include "winnow/base/error.h"
#include "winnow/trial/test_bed.h"

namespace winnow {

// One project for one trial. The destructor takes it down, with its volumes.
class ComposeProject {
 public:
  // Opens the project of BED, whose services get IMAGE instead of the image that the project names; empty: they keep
  // theirs. Errors: compose is missing, or failed (the error quotes it).
  static Result<ComposeProject> open(const Engine& engine, const Home& home, const TestBed& bed,
                                     const std::string& image);
  ComposeProject(ComposeProject&& other) noexcept;
  ComposeProject& operator=(ComposeProject&&) = delete;
  ~ComposeProject();
  // Makes the containers and, with the MODE "-d", starts them; "--no-start" only makes them. Returns the id of the
  // tested service's container.
  Result<std::string> up(const std::string& mode);

 private:
  ComposeProject(const Engine& engine, const Home& home, const TestBed& bed, std::vector<std::string> words)
      : engine_(&engine), home_(&home), bed_(&bed), words_(std::move(words)) {}
  Result<void> run(std::vector<std::string> more) const;

  const Engine* engine_;  // null once moved from
  const Home* home_;
  const TestBed* bed_;
  std::vector<std::string> words_;  // the first words of each command: the client, and the project's files
};

}  // namespace winnow
