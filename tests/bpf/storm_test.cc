// SPDX-License-Identifier: Apache-2.0
// More than anything can take in at once: what is stored is complete, what is lost is counted, and nobody else pays.
#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "events.h"
#include "winnow/base/file.h"
#include "workload.h"

namespace winnow::test {
namespace {

constexpr int kThreads = 8;
constexpr int kFiles = 100'000;

class Storm : public testing::Test {
 protected:
  static void SetUpTestSuite() { files = ::geteuid() == 0 ? std::make_unique<Files>(kFiles) : nullptr; }
  static void TearDownTestSuite() { files.reset(); }

  void SetUp() override {
    if (!files) GTEST_SKIP() << "needs root: CAP_BPF, CAP_PERFMON and a cgroup of its own";
  }
  void begin(RecorderOptions options) {
    options.backend = backend_under_test();
    auto opened = Recorder::open(options);
    ASSERT_TRUE(opened) << opened.error().what;
    recorder.emplace(*std::move(opened));
    group.emplace();
    ASSERT_TRUE(recorder->add(group->cgroup()));
  }
  // Lets the child work while events are taken in, as a recording does.
  void weather(const TestCgroup& where, const std::function<void()>& work) {
    std::atomic<bool> done = false;
    std::jthread worker([&] {
      EXPECT_EQ(where.run(work), 0);
      done = true;
    });
    while (!done) ASSERT_TRUE(recorder->poll(std::chrono::milliseconds(10)));
  }
  AccessProfile profile_of(const TestCgroup& where) {
    auto profile = recorder->collect(where.cgroup().id);
    EXPECT_TRUE(profile) << profile.error().what;
    return profile ? *profile : AccessProfile();
  }

  static inline std::unique_ptr<Files> files;
  std::optional<Recorder> recorder;
  std::optional<TestCgroup> group;
};

TEST_F(Storm, AHundredThousandFilesFromEightThreadsAreAllRecordedOnDefaultSettings) {
  ASSERT_NO_FATAL_FAILURE(begin({}));
  ASSERT_NO_FATAL_FAILURE(weather(*group, [] { files->open_all(kThreads); }));
  const AccessProfile profile = profile_of(*group);
  EXPECT_EQ(profile.partial_reasons(), std::vector<std::string>());
  EXPECT_TRUE(files->opened_in(profile) == files->all()) << files->opened_in(profile).size();
}

TEST_F(Storm, WhatASmallRingCannotHoldIsRecoveredFromTheOverflowMap) {
  ASSERT_NO_FATAL_FAILURE(begin({.ring_bytes = std::size_t{64} << 10}));
  ASSERT_NO_FATAL_FAILURE(weather(*group, [] { files->open_all(kThreads); }));
  const AccessProfile profile = profile_of(*group);
  EXPECT_EQ(profile.partial_reasons(), std::vector<std::string>());
  EXPECT_GT(profile.runs.at(0).recovered, 0U);
  EXPECT_TRUE(files->opened_in(profile) == files->all()) << files->opened_in(profile).size();
}

TEST_F(Storm, WithAFullOverflowMapTheProfileIsPartialAndSaysHowManyAreMissing) {
  ASSERT_NO_FATAL_FAILURE(begin({.ring_bytes = std::size_t{64} << 10, .overflow = 1000}));
  ASSERT_EQ(group->run([] { files->open_all(kThreads); }), 0);  // nobody reads meanwhile
  const AccessProfile profile = profile_of(*group);
  const winnow::Run& run = profile.runs.at(0);
  EXPECT_GT(run.lost.buffers_full, 0U);
  EXPECT_NEAR(static_cast<double>(run.recovered), 500, kThreads) << "a target alone may hold half of the map";
  EXPECT_FALSE(profile.partial_reasons().empty());
  EXPECT_EQ(profile.accesses.size() + run.lost.buffers_full,
            kFiles + profile.accesses.size() - files->opened_in(profile).size());
}

TEST_F(Storm, WhatWasLostIsSentAgainWhenItIsTouchedAgain) {
  ASSERT_NO_FATAL_FAILURE(begin({.ring_bytes = 4096, .overflow = 16}));
  const auto touch = [] {
    for (int i = 0; i < 200; ++i) ::access(files->path(i).c_str(), F_OK);
  };
  ASSERT_EQ(group->run(touch), 0);
  std::size_t known = profile_of(*group).accesses.size();
  EXPECT_LT(known, 200U);
  EXPECT_EQ(known + profile_of(*group).runs.at(0).lost.buffers_full, 200U);
  EXPECT_EQ(recorder->progress().lost, 200 - known);
  for (int round = 0; known < 200 && round < 100; ++round) {  // a key that was not stored was not marked
    ASSERT_EQ(group->run(touch), 0);
    known = profile_of(*group).accesses.size();
  }
  EXPECT_EQ(known, 200U);
}

// As a container's process: WORK in another root, which the child has entered before it enters the cgroup.
int run_in_root_of_its_own(const TestCgroup& group, void (*work)()) {
  const Tree image;
  (void)image.directory("old");
  const auto procs = open_file(group.directory() + "/cgroup.procs", O_WRONLY);
  const pid_t child = ::fork();
  if (child == 0) {
    const char* root = image.root().c_str();
    if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount(root, root, nullptr, MS_BIND, nullptr) != 0 || ::chdir(root) != 0 ||
        ::syscall(SYS_pivot_root, ".", "old") != 0 || ::umount2("/old", MNT_DETACH) != 0 ||
        ::write(procs->get(), "0", 1) != 1)
      ::_exit(1);
    work();
    ::_exit(0);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  return status;
}

// Room is left in the ring for a small event, and none for the birth of a container with a long name.
TEST_F(Storm, AnEventThatOvertakesTheBirthOfItsContainerIsNotLost) {
  constexpr std::size_t kRing = 4096;
  ASSERT_NO_FATAL_FAILURE(begin({.ring_bytes = kRing}));
  ASSERT_TRUE(recorder->adopt_new_containers(true));
  const std::string exe = std::filesystem::read_symlink("/proc/self/exe").string();
  const std::string argv0 = read_file("/proc/self/cmdline")->c_str();
  const std::size_t bytes = sizeof("/00") - 1 + exe.size() + argv0.size();
  const std::size_t event = 8 + ((sizeof(wn_event) + bytes + 7) & ~std::size_t{7});  // with the ring's own header
  // However long the program's path is, there is room in the end for one such event, and not for the birth's long name.
  const std::size_t left = event + 64;
  const std::size_t count = (kRing - left) / event;
  const std::size_t padding = (kRing - left - count * event) & ~std::size_t{7};
  ASSERT_LT(padding, std::size_t{200});
  ASSERT_EQ(group->run([&] {
    for (std::size_t i = 1; i < count; ++i) ::access(fmt::format("/{:02}", i).c_str(), F_OK);
    ::access(("/00" + std::string(padding, 'x')).c_str(), F_OK);
  }),
            0);
  const TestCgroup above(std::string(200, 'x') + std::to_string(::getpid()));
  const TestCgroup container(std::filesystem::path(above.directory()).filename().string() + "/" + random_id());
  ASSERT_EQ(run_in_root_of_its_own(container, [] { ::access("/99", F_OK); }), 0);
  const AccessProfile before = profile_of(*group);
  EXPECT_EQ(before.runs.at(0).recovered, 0U);
  const AccessProfile profile = profile_of(container);
  EXPECT_EQ(profile.runs.at(0).recovered, 1U) << "its birth, and not its access";
  EXPECT_EQ(lines_of(profile, "/"), (Lines{"miss /99"}));
  EXPECT_EQ(profile.partial_reasons(), std::vector<std::string>());
}

TEST_F(Storm, ANoisyContainerDoesNotStarveAQuietOne) {
  ASSERT_NO_FATAL_FAILURE(begin({.ring_bytes = std::size_t{64} << 10, .overflow = 1000}));
  const TestCgroup quiet;
  ASSERT_TRUE(recorder->add(quiet.cgroup()));
  ASSERT_EQ(group->run([] { files->open_all(kThreads); }), 0);
  ASSERT_EQ(quiet.run([] {
    for (int i = 0; i < 200; ++i) ::access(files->path(i).c_str(), F_OK);
  }),
            0);
  EXPECT_FALSE(profile_of(*group).partial_reasons().empty()) << "the noisy one filled what it may";
  const AccessProfile profile = profile_of(quiet);
  EXPECT_EQ(profile.accesses.size(), 200U);
  EXPECT_EQ(profile.partial_reasons(), std::vector<std::string>());
}

TEST_F(Storm, PathsBeyondTheLimitAreCountedAndNotKept) {
  ASSERT_NO_FATAL_FAILURE(begin({.max_paths = 1000}));
  ASSERT_EQ(group->run([] {
    for (int i = 0; i < 5000; ++i) ::access(files->path(i).c_str(), F_OK);
  }),
            0);
  const AccessProfile profile = profile_of(*group);
  EXPECT_EQ(profile.accesses.size(), 1000U);
  EXPECT_EQ(profile.runs.at(0).lost.paths_full, 4000U);
  EXPECT_FALSE(profile.partial_reasons().empty());
}

}  // namespace
}  // namespace winnow::test
