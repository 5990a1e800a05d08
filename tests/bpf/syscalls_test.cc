// SPDX-License-Identifier: Apache-2.0
// The set of system calls that a target used, and what 200 targets are for one recorder.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "workload.h"

namespace winnow::test {
namespace {

class Syscalls : public BpfTest {
 protected:
  void reopen(std::optional<bool> noted) {
    RecorderOptions options = small();
    options.syscalls = noted;
    recorder.reset();
    auto opened = Recorder::open(options);
    ASSERT_TRUE(opened) << opened.error().what;
    recorder.emplace(*std::move(opened));
    ASSERT_TRUE(recorder->add(group->cgroup()));
  }
};

TEST_F(Syscalls, TheNamesOfAllCallsAreInTheProfile) {
  ASSERT_NO_FATAL_FAILURE(reopen(true));
  ASSERT_EQ(group->run([] {
    ::syscall(SYS_getppid);
    ::syscall(SYS_eventfd2, 0, 0);
    ::syscall(SYS_gettid);
  }),
            0);
  const AccessProfile seen = profile();
  ASSERT_EQ(seen.runs.at(0).syscalls.size(), 1U) << "one architecture";
  const auto& names = seen.runs.at(0).syscalls.begin()->second;
  for (const char* name : {"getppid", "eventfd2", "gettid", "write"}) EXPECT_TRUE(names.contains(name)) << name;
  for (const char* name : {"mknodat", "acct", "getpgid"}) EXPECT_FALSE(names.contains(name)) << name;
}

TEST_F(Syscalls, WhatOneTargetUsesIsNotedForTheNextOneToo) {
  ASSERT_NO_FATAL_FAILURE(reopen(true));
  const auto work = [] {
    for (int i = 0; i < 100; ++i) ::syscall(SYS_getppid);
  };
  const auto uses = [this](const Cgroup& cgroup) {
    const auto seen = recorder->collect(cgroup.id);
    EXPECT_TRUE(seen);
    return seen && seen->runs.at(0).syscalls.begin()->second.contains("getppid");
  };
  ASSERT_EQ(group->run(work), 0);
  const TestCgroup added;
  ASSERT_TRUE(recorder->add(added.cgroup()));
  ASSERT_TRUE(recorder->adopt_new_containers(true));
  const TestCgroup adopted(random_id());
  ASSERT_EQ(added.run(work), 0);
  ASSERT_EQ(adopted.run(work), 0);
  for (const auto& cgroup : {group->cgroup(), added.cgroup(), adopted.cgroup()}) EXPECT_TRUE(uses(cgroup));
  ASSERT_TRUE(recorder->release(added.cgroup().id));
  ASSERT_TRUE(recorder->add(added.cgroup()));
  ASSERT_EQ(added.run([] {}), 0);
  EXPECT_FALSE(uses(added.cgroup())) << "what it used before it was released";
  ASSERT_EQ(added.run(work), 0);
  EXPECT_TRUE(uses(added.cgroup()));
}

TEST_F(Syscalls, ACgroupBelowAddsToItsTargetsSet) {
  ASSERT_NO_FATAL_FAILURE(reopen(true));
  ASSERT_EQ(group->run([this] {
    ::syscall(SYS_getppid);
    const std::string below = group->directory() + "/below";
    ::mkdir(below.c_str(), 0755);
    const int procs = ::open((below + "/cgroup.procs").c_str(), O_WRONLY);
    if (::write(procs, "0", 1) != 1) ::_exit(1);
    ::syscall(SYS_getpgid, 0);
  }),
            0);
  const AccessProfile seen = profile();
  const auto& names = seen.runs.at(0).syscalls.begin()->second;
  EXPECT_TRUE(names.contains("getppid"));
  EXPECT_TRUE(names.contains("getpgid"));
}

TEST_F(Syscalls, TheyAreLeftOutWhenNotWanted) {
  ASSERT_NO_FATAL_FAILURE(reopen(false));
  ASSERT_EQ(group->run([this] { ::open(tree.root().c_str(), O_RDONLY); }), 0);
  EXPECT_TRUE(profile().runs.at(0).syscalls.empty());
  EXPECT_FALSE(profile().accesses.empty()) << "files are recorded all the same";
}

TEST_F(Syscalls, TwoHundredTargetsAreEachRecordedForThemselves) {
  constexpr int kTargets = 200;
  std::vector<std::unique_ptr<TestCgroup>> groups;
  for (int i = 0; i < kTargets; ++i) {
    (void)tree.file(std::to_string(i));
    groups.push_back(std::make_unique<TestCgroup>());
    ASSERT_TRUE(recorder->add(groups.back()->cgroup()));
  }
  for (int i = 0; i < kTargets; ++i)
    ASSERT_EQ(groups[static_cast<std::size_t>(i)]->run([&] { ::open(tree.at(std::to_string(i)).c_str(), O_RDONLY); }),
              0);
  for (int i = 0; i < kTargets; ++i) {
    const auto seen = recorder->collect(groups[static_cast<std::size_t>(i)]->cgroup().id);
    ASSERT_TRUE(seen) << seen.error().what;
    EXPECT_EQ(lines_of(*seen, tree.root()), (Lines{fmt::format("open ./{0} -> ./{0}", i)}));
    EXPECT_TRUE(seen->partial_reasons().empty());
  }
}

}  // namespace
}  // namespace winnow::test
