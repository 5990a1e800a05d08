// SPDX-License-Identifier: Apache-2.0
// Engines that are played: answers of the HTTP API, and a client in PATH that only notes what it was asked for.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "support/scripted_server.h"
#include "winnow/base/file.h"
#include "winnow/base/text.h"
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

// A directory of a test, gone with it.
class Directory {
 public:
  Directory() {
    std::string name = testing::TempDir() + "/winnow-trial-XXXXXX";
    const char* const made = ::mkdtemp(name.data());
    EXPECT_NE(made, nullptr);
    path_ = made != nullptr ? made : "";
  }
  ~Directory() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  [[nodiscard]] std::string at(const std::string& name) const { return path_ + "/" + name; }
  [[nodiscard]] const std::string& path() const { return path_; }
  void write(const std::string& name, const std::string& text) const {
    ASSERT_TRUE(write_file_atomically(at(name), text));
  }
  [[nodiscard]] std::string read(const std::string& name) const { return read_file(at(name)).value_or(""); }
  // A program NAME that notes its words, one call a line, in the file "calls", and then does what SCRIPT says.
  void add_program(const std::string& name, const std::string& script) const {
    write(name, "#!/bin/sh\necho \"" + name + " $*\" >>" + at("calls") + "\n" + script + "\n");
    ASSERT_EQ(::chmod(at(name).c_str(), 0755), 0);
  }

 private:
  std::string path_;
};

}  // namespace winnow::test
