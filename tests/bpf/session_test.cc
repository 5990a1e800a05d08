// SPDX-License-Identifier: Apache-2.0
// A recorder that is killed and resumed has missed nothing.
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <random>
#include <thread>

#include "winnow/base/error.h"
#include "workload.h"

namespace winnow::test {
namespace {

constexpr int kThreads = 8;
constexpr int kFiles = 20'000;

class SessionTest : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root: CAP_BPF, CAP_PERFMON and a cgroup of its own";
    options = small();
    options.session = fmt::format("winnow-test-{}", ::getpid());
    (void)Recorder::clean_up(options.session);
  }
  void TearDown() override {
    if (!options.session.empty()) (void)Recorder::clean_up(options.session);
  }

  // Starts a process that records into the session until it is killed. Returns once it does.
  pid_t start(const std::function<Result<Recorder>()>& open) {
    int ready[2];
    EXPECT_EQ(::pipe2(ready, O_CLOEXEC), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      auto recorder = open();
      if (!recorder) {
        fmt::print(stderr, "{}\n", recorder.error().what);
        ::_exit(1);
      }
      if (::write(ready[1], "x", 1) != 1) ::_exit(2);
      while (recorder->poll(std::chrono::milliseconds(10))) continue;
      ::_exit(3);
    }
    ::close(ready[1]);
    char byte = 0;
    EXPECT_EQ(::read(ready[0], &byte, 1), 1) << "the recorder did not start";
    ::close(ready[0]);
    return child;
  }
  static void kill_now(pid_t child) {
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status)) << "it ended by itself with " << status;
  }
  [[nodiscard]] std::function<Result<Recorder>()> opening(const TestCgroup& group) const {
    return [this, &group]() -> Result<Recorder> {
      auto recorder = Recorder::open(options);
      if (recorder)
        if (auto added = recorder->add(group.cgroup()); !added) return std::unexpected(added.error());
      return recorder;
    };
  }
  [[nodiscard]] std::function<Result<Recorder>()> resuming() const {
    return [this] { return Recorder::resume(options); };
  }

  RecorderOptions options;
};

TEST_F(SessionTest, KilledAtTwentyMomentsOfAStormAndResumedItHasEverything) {
  const Files files(kFiles);
  std::minstd_rand random(20);  // the moments differ from round to round, not from day to day
  options.ring_bytes = std::size_t{256} << 10;
  for (int round = 0; round < 10; ++round) {
    SCOPED_TRACE(round);
    const TestCgroup group;
    pid_t recording = start(opening(group));
    std::jthread storm([&] { EXPECT_EQ(group.run([&] { files.open_all(kThreads); }), 0); });
    for (int kill = 0; kill < 2; ++kill) {
      std::this_thread::sleep_for(std::chrono::microseconds(random() % 40'000));
      kill_now(recording);
      if (kill == 0) recording = start(resuming());
    }
    storm.join();
    auto last = Recorder::resume(options);
    ASSERT_TRUE(last) << last.error().what;
    const auto profile = last->collect(group.cgroup().id);
    ASSERT_TRUE(profile) << profile.error().what;
    EXPECT_EQ(profile->partial_reasons(), std::vector<std::string>());
    EXPECT_TRUE(files.opened_in(*profile) == files.all()) << files.opened_in(*profile).size();
    ASSERT_TRUE(last->end_session());
  }
}

TEST_F(SessionTest, WhatATaskHeldAtAttachAndWhoItWasSurvive) {
  const Tree tree;
  (void)tree.file("held");
  (void)tree.file("later");
  TestCgroup group;
  group.start([&] { ::open(tree.at("held").c_str(), O_RDONLY); });
  kill_now(start(opening(group)));
  group.finish();
  ASSERT_EQ(group.run([&] { ::open(tree.at("later").c_str(), O_RDONLY); }), 0);
  auto recorder = Recorder::resume(options);
  ASSERT_TRUE(recorder) << recorder.error().what;
  const auto profile = recorder->collect(group.cgroup().id);
  ASSERT_TRUE(profile) << profile.error().what;
  EXPECT_EQ(lines_of(*profile, tree.root()), (Lines{"map ./held -> ./held", "open ./later -> ./later"}));
  EXPECT_FALSE(profile->runs.at(0).from_start);
  EXPECT_TRUE(recorder->end_session());
}

TEST_F(SessionTest, AContainerThatWasBornWhileNobodyRecordedIsThere) {
  const Tree tree;
  const std::string id(64, 'd');
  kill_now(start([this]() -> Result<Recorder> {
    auto recorder = Recorder::open(options);
    if (recorder)
      if (auto adopted = recorder->adopt_new_containers(true); !adopted) return std::unexpected(adopted.error());
    return recorder;
  }));
  const TestCgroup container(id);
  auto recorder = Recorder::resume(options);
  ASSERT_TRUE(recorder) << recorder.error().what;
  const auto born = recorder->take_new_containers();
  ASSERT_EQ(born.size(), 1U);
  EXPECT_EQ(born[0].container_id, id);
  ASSERT_TRUE(recorder->release(born[0].cgroup.id));
  recorder = Recorder::resume(options);
  EXPECT_FALSE(recorder) << "while another one records";
}

TEST_F(SessionTest, ItsNotesAndReleasesSurvive) {
  const TestCgroup one;
  const TestCgroup two;
  {
    auto recorder = Recorder::open(options);
    ASSERT_TRUE(recorder) << recorder.error().what;
    ASSERT_TRUE(recorder->add(one.cgroup()));
    ASSERT_TRUE(recorder->add(two.cgroup()));
    ASSERT_TRUE(recorder->annotate("first"));
    ASSERT_TRUE(recorder->annotate("second\n\\"));
    ASSERT_TRUE(recorder->release(one.cgroup().id));
  }
  auto recorder = Recorder::resume(options);
  ASSERT_TRUE(recorder) << recorder.error().what;
  EXPECT_EQ(recorder->annotation(), "second\n\\");
  ASSERT_EQ(recorder->targets().size(), 1U);
  EXPECT_EQ(recorder->targets()[0].id, two.cgroup().id);
}

TEST_F(SessionTest, OneNameIsOneSessionAndCleaningUpLeavesNothing) {
  const std::string pins = "/sys/fs/bpf/winnow-" + options.session;
  const std::string journal = "/var/lib/winnow/" + options.session + ".journal";
  EXPECT_FALSE(Recorder::resume(options)) << "there is none yet";
  {
    auto recorder = Recorder::open(options);
    ASSERT_TRUE(recorder) << recorder.error().what;
    EXPECT_TRUE(std::filesystem::exists(pins));
    EXPECT_FALSE(Recorder::clean_up(options.session)) << "not while it is recorded into";
  }
  const auto second = Recorder::open(options);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().advice, Advice::kSessionExists);
  EXPECT_EQ(second.error().subject, options.session);
  const auto removed = Recorder::clean_up(options.session);
  ASSERT_TRUE(removed) << removed.error().what;
  EXPECT_TRUE(*removed);
  EXPECT_FALSE(std::filesystem::exists(pins) || std::filesystem::exists(journal));
  EXPECT_FALSE(*Recorder::clean_up(options.session));
  RecorderOptions wrong = options;
  for (const char* name : {"../etc", "a/b", ".", "", "a b"}) {
    wrong.session = name;
    EXPECT_FALSE(Recorder::resume(wrong)) << name;
  }
}

TEST_F(SessionTest, ItsJournalIsWhereStateIsKept) {
  const Tree state;
  ::setenv("WINNOW_STATE", state.at("kept").c_str(), 1);
  const auto begun = Recorder::open(options).has_value();
  EXPECT_TRUE(begun && std::filesystem::exists(state.at("kept/" + options.session + ".journal")));
  EXPECT_TRUE(Recorder::resume(options));
  EXPECT_TRUE(*Recorder::clean_up(options.session));
  ::unsetenv("WINNOW_STATE");
}

TEST_F(SessionTest, ARecordThatACrashCutOffIsLeftOut) {
  const std::string journal = "/var/lib/winnow/" + options.session + ".journal";
  {
    auto recorder = Recorder::open(options);
    ASSERT_TRUE(recorder) << recorder.error().what;
    ASSERT_TRUE(recorder->annotate("whole"));
    ASSERT_TRUE(recorder->annotate("cut off"));
  }
  std::filesystem::resize_file(journal, std::filesystem::file_size(journal) - 3);
  for (int again = 0; again < 2; ++again) {
    auto recorder = Recorder::resume(options);
    ASSERT_TRUE(recorder) << recorder.error().what;
    EXPECT_EQ(recorder->annotation(), "whole");
  }
}

}  // namespace
}  // namespace winnow::test
