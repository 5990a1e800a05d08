// SPDX-License-Identifier: Apache-2.0
// Engines that are played: answers of the HTTP API, and a client in PATH that only notes what it was asked for.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "support/image_builder.h"
#include "support/scripted_server.h"
#include "winnow/engine/engine.h"

namespace winnow::test {

// A digest of one hex digit.
inline std::string id_of(char digit) { return "sha256:" + std::string(64, digit); }

// Replaces a variable of the environment for as long as it lives.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    const char* const now = std::getenv(name);
    had_ = now != nullptr;
    if (had_) before_ = now;
    ::setenv(name, value.c_str(), 1);
  }
  ~Variable() { had_ ? ::setenv(name_, before_.c_str(), 1) : ::unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
  bool had_ = false;
  std::string before_;
};

inline Result<Engine> connect_to(const ScriptedServer& server) {
  const Variable host("DOCKER_HOST", server.host());
  return Engine::connect();
}

// What GET /containers/NAME/json answers: MORE are members of State, CONFIG are members of Config.
inline std::string container_json(const std::string& id, char image, const std::string& state,
                                  const std::string& config = R"("Image":"app")", const std::string& more = "") {
  return R"({"Id":")" + id + R"(","Name":"/)" + id + R"(-name","Image":")" + id_of(image) + R"(","State":{)" + state +
         R"(},"Config":{)" + config + "}" + more + "}";
}

// A program NAME in DIRECTORY that notes its words, one call a line, in the file "calls", and then does what SCRIPT
// says.
inline void add_program(const winnow::test::TemporaryDirectory& directory, const std::string& name,
                        const std::string& script) {
  const std::string file =
      directory.write(name, "#!/bin/sh\necho \"" + name + " $*\" >>" + directory / "calls" + "\n" + script + "\n");
  ASSERT_EQ(::chmod(file.c_str(), 0755), 0);
}

}  // namespace winnow::test
