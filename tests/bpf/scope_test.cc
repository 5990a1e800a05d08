// SPDX-License-Identifier: Apache-2.0
// Who is recorded: the target and what is below it, from its first call or from what it holds already, and nobody else.
#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "workload.h"

namespace winnow::test {
namespace {

using Scope = BpfTest;

TEST_F(Scope, ACgroupThatTheWorkloadMakesBelongsToIt) {
  (void)tree.file("file");
  const std::string below = group->directory() + "/made/deeper";
  ASSERT_EQ(group->run([&] {
    ::mkdir((group->directory() + "/made").c_str(), 0755);
    ::mkdir(below.c_str(), 0755);
    const int procs = ::open((below + "/cgroup.procs").c_str(), O_WRONLY);
    if (::write(procs, "0", 1) != 1) ::_exit(1);
    ::open(tree.at("file").c_str(), O_RDONLY);
  }),
            0);
  EXPECT_EQ(lines_of(profile(), tree.root()), (Lines{"open ./file -> ./file"}));
}

TEST_F(Scope, ABusyNeighbourContributesNothing) {
  (void)tree.file("file");
  const auto busy = [this] {
    for (int i = 0; i < 1000; ++i) ::close(::open(tree.at("file").c_str(), O_RDONLY));
    for (int i = 0; i < 1000; ++i) ::access(tree.at(std::to_string(i)).c_str(), F_OK);
  };
  const TestCgroup neighbour;
  ASSERT_EQ(neighbour.run(busy), 0);
  busy();
  EXPECT_EQ(profile().accesses.size(), 0U);
  ASSERT_EQ(group->run(busy), 0);
  EXPECT_EQ(profile().accesses.size(), 1001U) << "the same program in the target is seen";
}

TEST_F(Scope, TwoTargetsDoNotMix) {
  (void)tree.file("mine");
  (void)tree.file("theirs");
  const TestCgroup other;
  ASSERT_TRUE(recorder->add(other.cgroup()));
  ASSERT_EQ(group->run([this] { ::open(tree.at("mine").c_str(), O_RDONLY); }), 0);
  ASSERT_EQ(other.run([this] { ::open(tree.at("theirs").c_str(), O_RDONLY); }), 0);
  EXPECT_EQ(lines_of(profile(), tree.root()), (Lines{"open ./mine -> ./mine"}));
  EXPECT_EQ(lines_of(*recorder->collect(other.cgroup().id), tree.root()), (Lines{"open ./theirs -> ./theirs"}));
}

TEST_F(Scope, WhatARunningProcessHoldsIsFoundAtAttach) {
  for (const char* name : {"open", "mapped\nfile", "gone", "later"}) (void)tree.file(name, std::string(4096, 'x'));
  (void)tree.directory("cwd");
  TestCgroup running;
  const pid_t child = running.start([this] {
    ::open(tree.at("open").c_str(), O_RDONLY);
    ::open(tree.at("gone").c_str(), O_RDONLY);
    ::unlink(tree.at("gone").c_str());
    const int fd = ::open(tree.at("mapped\nfile").c_str(), O_RDONLY);
    ::mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
    ::close(fd);
    if (::chdir(tree.at("cwd").c_str()) != 0) ::_exit(1);
  });
  ASSERT_GT(child, 0);
  ASSERT_TRUE(recorder->add(running.cgroup()));
  ASSERT_EQ(running.run([this] { ::open(tree.at("later").c_str(), O_RDONLY); }), 0);
  const auto seen = recorder->collect(running.cgroup().id);
  ASSERT_TRUE(seen);
  EXPECT_EQ(lines_of(*seen, tree.root()),
            (Lines{"map ./cwd -> ./cwd", "map ./gone -> ./gone", "map ./mapped\nfile -> ./mapped\nfile",
                   "map ./open -> ./open", "open ./later -> ./later"}));
  EXPECT_FALSE(seen->runs.at(0).from_start);
  const std::string self = std::filesystem::canonical("/proc/self/exe").string();
  EXPECT_TRUE(seen->accesses.contains({self, self})) << "its executable";
  EXPECT_EQ(seen->accesses.at({tree.at("open"), tree.at("open")}).by, self);
}

TEST_F(Scope, AnEmptyCgroupIsRecordedFromItsStart) {
  ASSERT_EQ(group->run([this] { ::open(tree.root().c_str(), O_RDONLY); }), 0);
  const AccessProfile seen = profile();
  EXPECT_TRUE(seen.runs.at(0).from_start);
  EXPECT_EQ(seen.runs.at(0).backend, to_string(backend_under_test()));
  EXPECT_EQ(seen.runs.at(0).container, group->cgroup().path);
}

TEST_F(Scope, ACgroupNamedLikeAContainerIsAdoptedAtItsBirth) {
  const std::string id = random_id();
  {
    const TestCgroup before_it_is_asked_for("docker-" + random_id() + ".scope");
  }
  ASSERT_TRUE(recorder->adopt_new_containers(true));
  const TestCgroup container("docker-" + id + ".scope");
  const TestCgroup plain;
  const TestCgroup monitor("libpod-conmon-" + random_id() + ".scope");
  ASSERT_TRUE(recorder->poll(std::chrono::milliseconds(100)));
  const auto born = recorder->take_new_containers();
  ASSERT_EQ(born.size(), 1U);
  EXPECT_EQ(born[0].container_id, id);
  EXPECT_EQ(born[0].cgroup.id, container.cgroup().id);
  EXPECT_EQ(born[0].cgroup.path, container.cgroup().path);
  EXPECT_TRUE(recorder->take_new_containers().empty());
  ASSERT_TRUE(recorder->adopt_new_containers(false));
  const TestCgroup later("docker-" + random_id() + ".scope");
  ASSERT_TRUE(recorder->poll(std::chrono::milliseconds(10)));
  EXPECT_TRUE(recorder->take_new_containers().empty());
}

// What a container runtime does in its cgroup: work in the host's root, enter the container's, run its program.
TEST_F(Scope, TheRuntimesOwnFilesAreNotTheContainers) {
  (void)tree.directory("image/etc");
  (void)tree.directory("image/old");
  (void)tree.directory("image/other");
  (void)tree.file("image/etc/passwd");
  ASSERT_TRUE(recorder->adopt_new_containers(true));
  const TestCgroup container(random_id());
  ASSERT_EQ(container.run([this] {
    const std::string image = tree.at("image");
    ::open("/etc/passwd", O_RDONLY);
    if (::unshare(CLONE_NEWNS) != 0) ::_exit(1);
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) ::_exit(2);
    if (::mount(image.c_str(), image.c_str(), nullptr, MS_BIND, nullptr) != 0) ::_exit(3);
    ::open("/etc/group", O_RDONLY);
    if (::chdir(image.c_str()) != 0 || ::syscall(SYS_pivot_root, ".", "old") != 0) ::_exit(4);
    if (::umount2("/old", MNT_DETACH) != 0 || ::chdir("/") != 0) ::_exit(5);
    ::open("/etc/passwd", O_RDONLY);
    ::access("/etc/group", F_OK);
  }),
            0);
  const auto seen = recorder->collect(container.cgroup().id);
  ASSERT_TRUE(seen);
  EXPECT_EQ(lines_of(*seen, "/"),
            (Lines{"dir . -> .", "miss /etc/group", "open /etc/passwd -> /etc/passwd", "stat /old"}));
}

TEST_F(Scope, ATargetLivesUntilItsLastTaskEnds) {
  TestCgroup running;
  ASSERT_TRUE(recorder->add(running.cgroup()));
  EXPECT_TRUE(recorder->alive(running.cgroup().id)) << "nothing has run in it yet";
  running.start([this] { ::access(tree.root().c_str(), F_OK); });
  ASSERT_TRUE(recorder->poll(std::chrono::milliseconds(100)));
  EXPECT_TRUE(recorder->alive(running.cgroup().id));
  running.finish();
  EXPECT_FALSE(recorder->alive(running.cgroup().id));
}

TEST_F(Scope, ARunEndsWithItsCgroup) {
  Cgroup gone;
  {
    const TestCgroup short_lived;
    gone = short_lived.cgroup();
    ASSERT_TRUE(recorder->add(gone));
    ASSERT_EQ(short_lived.run([this] { ::access(tree.root().c_str(), F_OK); }), 0);
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  const auto ended = recorder->collect(gone.id);
  ASSERT_TRUE(ended);
  EXPECT_LT(ended->runs.at(0).duration_ms, 500U);
  EXPECT_GE(profile().runs.at(0).duration_ms, 500U) << "the other one goes on";
  EXPECT_FALSE(recorder->alive(gone.id));
}

TEST_F(Scope, AReleasedTargetIsForgottenAndMayComeBack) {
  (void)tree.file("file");
  const auto work = [this] { ::open(tree.at("file").c_str(), O_RDONLY); };
  ASSERT_EQ(group->run(work), 0);
  EXPECT_EQ(profile().accesses.size(), 1U);
  recorder->release(group->cgroup().id);
  EXPECT_FALSE(recorder->collect(group->cgroup().id));
  EXPECT_EQ(recorder->progress().paths, 0U);
  ASSERT_EQ(group->run(work), 0);
  ASSERT_TRUE(recorder->add(group->cgroup()));
  EXPECT_EQ(profile().accesses.size(), 0U) << "what it did meanwhile was not recorded";
  ASSERT_EQ(group->run(work), 0);
  EXPECT_EQ(profile().accesses.size(), 1U) << "the kernel's memory of the first time does not hide the second";
}

}  // namespace
}  // namespace winnow::test
