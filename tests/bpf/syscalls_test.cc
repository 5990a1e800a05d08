// SPDX-License-Identifier: Apache-2.0
// The set of system calls that a target used, and what 200 targets are for one recorder.
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "winnow/base/file.h"
#include "workload.h"

namespace winnow::test {
namespace {

using Names = std::set<std::string>;

// Waits until a process is in that call; false when it does not come to it.
bool waits_in(pid_t pid, long number) {
  for (int tries = 0; tries < 5000; ++tries, ::usleep(1000))
    if (read_file(fmt::format("/proc/{}/syscall", pid)).value_or("").starts_with(fmt::format("{} ", number)))
      return true;
  return false;
}

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
  Names names() {
    const AccessProfile seen = profile();
    return seen.runs.at(0).syscalls.empty() ? Names{} : seen.runs.at(0).syscalls.begin()->second;
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

TEST_F(Syscalls, CallsThatNeverReturnAreThereAndThoseOfSignals) {
  ASSERT_NO_FATAL_FAILURE(reopen(true));
  ASSERT_EQ(group->run([] {
    if (::fork() == 0) ::syscall(SYS_exit, 0);
    ::wait(nullptr);
    const pid_t killed = ::fork();
    if (killed == 0) {
      const timespec long_enough{.tv_sec = 1000, .tv_nsec = 0};
      ::syscall(SYS_nanosleep, &long_enough, nullptr);
    }
    if (!waits_in(killed, SYS_nanosleep)) ::_exit(1);
    ::kill(killed, SIGKILL);
    ::wait(nullptr);
    ::signal(SIGUSR1, [](int) {});
    ::raise(SIGUSR1);
  }),
            0);
  const Names all = names();
  for (const char* name : {"exit", "exit_group", "nanosleep", "rt_sigreturn"}) EXPECT_TRUE(all.contains(name)) << name;
  EXPECT_FALSE(all.contains("pause"));
}

TEST_F(Syscalls, ACallThatLastsForTheWholeRecordingIsThere) {
  recorder.reset();
  const pid_t child = group->start([] {});
  ASSERT_TRUE(waits_in(child, SYS_read));
  ASSERT_NO_FATAL_FAILURE(reopen(true));
  EXPECT_EQ(names(), Names{"read"});
}

TEST_F(Syscalls, TheNewestCallsHaveNames) {
  ASSERT_NO_FATAL_FAILURE(reopen(true));
  ASSERT_EQ(group->run([] {
    for (const int number : {457, 467, 472, 500}) ::syscall(number, -1, nullptr, 0, 0, 0);
  }),
            0);
  const Names all = names();
  for (const char* name : {"statmount", "open_tree_attr", "fchroot", "#500"}) EXPECT_TRUE(all.contains(name)) << name;
}

TEST_F(Syscalls, WhatOneTargetUsesIsNotedForTheNextOneToo) {
  ASSERT_NO_FATAL_FAILURE(reopen(true));
  const auto work = [] {
    for (int i = 0; i < 100; ++i) ::syscall(SYS_getppid);
  };
  std::uint64_t seen_apart = 0;
  const auto uses = [&](const Cgroup& cgroup) {
    const auto seen = recorder->collect(cgroup.id);
    EXPECT_TRUE(seen);
    if (!seen) return false;
    const winnow::Run& did =
        seen->runs.at(0);  // nothing is run in another root: of the adopted one, the runtime did it
    const auto& calls = cgroup.id == seen_apart ? did.runtime_syscalls : did.syscalls;
    return !calls.empty() && calls.begin()->second.contains("getppid");
  };
  ASSERT_EQ(group->run(work), 0);
  const TestCgroup added;
  ASSERT_TRUE(recorder->add(added.cgroup()));
  ASSERT_TRUE(recorder->adopt_new_containers(true));
  const TestCgroup adopted(random_id());
  seen_apart = adopted.cgroup().id;
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
