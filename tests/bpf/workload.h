// SPDX-License-Identifier: Apache-2.0
// What the tests run and compare with: cgroups and directories of their own, and a fixture with a recorder.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "winnow/base/file.h"
#include "winnow/record/record.h"

namespace winnow::test {

// The one that $WINNOW_BACKEND names; the syscall backend, which loads everywhere, when it names none.
Backend backend_under_test();
// Options for that backend, with maps that are made quickly.
RecorderOptions small();

// A container id that nobody has: 64 hexadecimal digits.
std::string random_id();

// A cgroup below the mount of a hierarchy that vanishes with its object, with the children that were started in it.
class TestCgroup {
 public:
  explicit TestCgroup(const std::string& name = "", const std::string& controller = "");
  TestCgroup(const TestCgroup&) = delete;
  TestCgroup& operator=(const TestCgroup&) = delete;
  ~TestCgroup();

  [[nodiscard]] const Cgroup& cgroup() const { return cgroup_; }
  [[nodiscard]] const std::string& directory() const { return directory_; }
  // Runs WORK in a child that enters the cgroup first, and waits for its end. Gives its exit status; WORK's is 0.
  int run(const std::function<void()>& work) const;
  // The same without waiting: the child stays until a line is written to it. Returns once WORK is done.
  pid_t start(const std::function<void()>& work);
  void finish();  // lets the started child end

 private:
  std::string directory_;
  Cgroup cgroup_;
  pid_t child_ = 0;
  Fd to_child_;
};

// A directory that vanishes with its object; its path holds no links.
class Tree {
 public:
  explicit Tree(const std::string& below = "");  // the directory for temporary files
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;
  ~Tree();
  [[nodiscard]] const std::string& root() const { return root_; }
  [[nodiscard]] std::string at(const std::string& name) const { return root_ + "/" + name; }
  std::string file(const std::string& name, const std::string& content = "x", unsigned mode = 0644) const;
  std::string directory(const std::string& name) const;
  std::string link(const std::string& name, const std::string& to) const;

 private:
  std::string root_;
};

// Many files in memory, for tests that need more than can be taken in at once.
class Files {
 public:
  explicit Files(int count);
  [[nodiscard]] std::string path(int i) const;
  [[nodiscard]] const std::set<std::string>& all() const { return all_; }
  // Opens each of them once, with that many threads, as fast as they can.
  void open_all(int threads) const;
  // Those of them that PROFILE says were opened.
  [[nodiscard]] std::set<std::string> opened_in(const AccessProfile& profile) const;

 private:
  Tree tree_;
  std::set<std::string> all_;
};

// "kind,kind path -> resolved" for each access, sorted; what is not below ROOT is left out, and ROOT is written ".".
std::vector<std::string> lines_of(const AccessProfile& profile, const std::string& root);

class BpfTest : public testing::Test {
 protected:
  void SetUp() override;
  // Runs WORK in the test's own cgroup and gives what was recorded there, below the tree.
  std::vector<std::string> recorded(const std::function<void()>& work);
  AccessProfile profile();

  Tree tree;
  std::optional<TestCgroup> group;
  std::optional<Recorder> recorder;
};

using Lines = std::vector<std::string>;

}  // namespace winnow::test
