// SPDX-License-Identifier: Apache-2.0
// What a killed run has left is removed, and nothing else.
#include "container/debris.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "support/image_builder.h"
#include "winnow/base/file.h"
#include "winnow/container/container.h"

namespace winnow::container {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using winnow::test::TemporaryDirectory;

class Debris : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(dir_ / "bundle/tree/etc");
    fs::create_directory(dir_ / "outside");
    (void)dir_.write("outside/kept", "x");
    (void)dir_.write("bundle/tree/etc/file", "x");
  }
  [[nodiscard]] std::string bundle() const { return dir_ / "bundle"; }
  void expect_gone() const {
    EXPECT_FALSE(fs::exists(fs::symlink_status(bundle())));
    EXPECT_TRUE(fs::exists(dir_ / "outside/kept"));
  }
  TemporaryDirectory dir_;
};

TEST_F(Debris, OfABundleThatWasHardlyBegunIsRemovedAndRemovedAgain) {
  for (int time = 0; time < 2; ++time) {
    const auto removed = remove_bundle(bundle());
    EXPECT_TRUE(removed) << removed.error().what;
    expect_gone();
  }
}

TEST_F(Debris, NoLinkIsFollowed) {
  fs::create_symlink(dir_ / "outside", bundle() + "/tree/link");
  fs::create_symlink(dir_ / "outside/kept", bundle() + "/cgroup");
  EXPECT_TRUE(remove_bundle(bundle()));
  expect_gone();
}

TEST_F(Debris, AnyDepthIsRemovedWithFewDescriptors) {
  Fd here(::open((bundle() + "/tree").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  for (int depth = 0; depth < 300; ++depth) {
    ASSERT_EQ(::mkdirat(here.get(), "deeper", 0700), 0);
    ASSERT_EQ(::mkdirat(here.get(), "beside", 0), 0);
    here = Fd(::openat(here.get(), "deeper", O_PATH | O_DIRECTORY | O_CLOEXEC));
    ASSERT_TRUE(here.valid());
  }
  rlimit usual{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &usual), 0);
  const rlimit few{128, usual.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  const auto removed = remove_tree(bundle());
  EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &usual), 0);
  EXPECT_TRUE(removed) << removed.error().what;
  expect_gone();
}

TEST_F(Debris, WhatIsMountedIsNotEnteredAndIsTakenAwayByTheBundle) {
  // In a child's mount namespace, so that nothing is left of it here.
  const std::string place = bundle() + "/tree/etc";
  const pid_t child = ::fork();
  if (child == 0) {
    if (::unshare(CLONE_NEWNS) != 0 || ::mount("", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) ::_exit(77);
    if (::mount((dir_ / "outside").c_str(), place.c_str(), nullptr, MS_BIND, nullptr) != 0) ::_exit(77);
    const bool refused = !remove_tree(bundle());
    const bool kept = fs::exists(place + "/kept");
    const bool removed = remove_bundle(bundle()).has_value();
    ::_exit(refused && kept && removed ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 77) GTEST_SKIP() << "needs CAP_SYS_ADMIN: mounts are made";
  EXPECT_EQ(status, 0);
  expect_gone();
}

TEST_F(Debris, OnlyABundlesOwnCgroupIsTouched) {
  const std::string id(64, 'a');
  EXPECT_TRUE(is_bundle_cgroup(cgroup_named(id)));
  for (const std::string& other :
       {std::string("/"), std::string(""), std::string("/docker/") + id, "/winnow-" + id + "/x",
        std::string("/winnow-../") + id, "/winnow-" + std::string(64, 'g')})
    EXPECT_FALSE(is_bundle_cgroup(other)) << other;
  // A file that says something else leads nowhere.
  (void)dir_.write("bundle/cgroup", "/\n");
  EXPECT_TRUE(remove_bundle(bundle()));
  expect_gone();
}

TEST_F(Debris, ARuntimeThatStillWorksOnTheBundleIsEnded) {
  const std::string state = bundle() + std::string(kRuntimeState);
  const auto sleeper = [](const std::string& root) {
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::execlp("sh", "sh", "-c", "kill -STOP $$", "--root", root.c_str(), "run", nullptr);
      ::_exit(127);
    }
    return pid;
  };
  const pid_t ours = sleeper(state);
  const pid_t other = sleeper(state + "-other");
  // Until both were executed.
  for (const pid_t pid : {ours, other})
    while (!read_file("/proc/" + std::to_string(pid) + "/cmdline").value_or("").contains("--root")) ::usleep(1000);
  EXPECT_TRUE(remove_bundle(bundle()));
  int status = 0;
  ASSERT_EQ(::waitpid(ours, &status, 0), ours);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  EXPECT_EQ(::waitpid(other, &status, WNOHANG), 0) << "another bundle's runtime was ended";
  ::kill(other, SIGKILL);
  ASSERT_EQ(::waitpid(other, &status, 0), other);
}

}  // namespace
}  // namespace winnow::container
