// SPDX-License-Identifier: Apache-2.0
// Mounts and roots that a workload makes itself: what lies on the container's own file system is recorded by its path
// there, in whatever sandbox and under whatever mount point it was sighted.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "workload.h"

namespace winnow::test {
namespace {

// A container as a runtime makes it: the directory "image" of the tree, bound to itself, is the root.
class Mounts : public BpfTest {
 protected:
  void SetUp() override {
    BpfTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    for (const char* directory : {"image/etc", "image/old", "image/box/old", "image/box/usr", "image/usr/lib",
                                  "image/app/current", "image/app/v2/lib", "image/app/moved", "image/volume"})
      (void)tree.directory(directory);
    for (const char* file : {"image/etc/conf", "image/usr/lib/real", "image/usr/lib/seen", "image/usr/lib/left",
                             "image/app/v2/lib/real", "image/app/v2/data", "image/app/one", "image/app/other"})
      (void)tree.file(file);
    (void)tree.link("image/usr/lib/alias", "real");
    (void)tree.link("image/app/v2/lib/alias", "real");
    (void)tree.link("image/app/latest", "current");
    ASSERT_TRUE(recorder->adopt_new_containers(true));
  }

  static void must(bool ok, int line) {
    if (!ok) ::_exit(line % 200 + 1);
  }
#define MUST(call) must((call) == 0, __LINE__)

  static void mount_on(const std::string& from, const std::string& to, unsigned long flags = MS_BIND) {
    MUST(::mount(from.c_str(), to.c_str(), nullptr, flags, nullptr));
  }
  static void tmpfs_on(const std::string& to) { MUST(::mount("tmpfs", to.c_str(), "tmpfs", 0, nullptr)); }
  static void make(const std::string& directory) { MUST(::mkdir(directory.c_str(), 0755)); }
  static void enter_root(const std::string& root) {
    MUST(::chdir(root.c_str()));
    MUST(::syscall(SYS_pivot_root, ".", "old"));
    MUST(::umount2("/old", MNT_DETACH));
    MUST(::chdir("/"));
  }
  static void private_namespace() {
    MUST(::unshare(CLONE_NEWNS));
    MUST(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr));
  }
  // A root of its own on a tmpfs, with "usr" of the container, as bubblewrap makes it.
  static void enter_sandbox() {
    private_namespace();
    tmpfs_on("/box");
    for (const char* directory : {"/box/usr", "/box/old", "/box/own"}) make(directory);
    mount_on("/usr", "/box/usr");
    enter_root("/box");
  }
  void enter_container() const {
    private_namespace();
    mount_on(tree.at("image"), tree.at("image"));
    enter_root(tree.at("image"));
    ::close(::open("/etc/conf", O_RDONLY));  // seen there before anything else
  }

  // Runs WORK as the container, and gives what was recorded of it: while it lives and its mounts can be read, or after.
  enum Moment { kAlive, kGone };
  AccessProfile contained(const std::function<void()>& work, Moment moment = kAlive) {
    TestCgroup container(random_id());
    container.start([&] {
      enter_container();
      work();
    });
    if (moment == kGone) container.finish();
    return collected(container);
  }
  AccessProfile collected(const TestCgroup& container) {
    auto seen = recorder->collect(container.cgroup().id);
    EXPECT_TRUE(seen) << seen.error().what;
    return seen ? *seen : AccessProfile();
  }

  // "open /a -> /b" for what was opened, found or missed below one of the directories.
  static Lines below(const AccessProfile& profile, const std::vector<std::string>& directories) {
    Lines lines = lines_of(profile, "/");
    std::erase_if(lines, [&](const std::string& line) {
      return std::ranges::none_of(directories, [&](const auto& one) { return line.contains(" " + one); });
    });
    for (std::string& line : lines)  // the root of the tree is "/" here, and written "."
      for (std::size_t at; (at = line.find(" ./")) != std::string::npos;) line.erase(at + 1, 1);
    return lines;
  }
};

TEST_F(Mounts, WhatASandboxOpensOfTheContainersFilesIsRecordedByItsPathThere) {
  const auto seen = contained([] {
    enter_sandbox();
    if (::open("/usr/lib/alias", O_RDONLY) < 0) ::_exit(1);
    ::close(::open("/own/file", O_CREAT | O_WRONLY, 0600));  // on the sandbox's own tmpfs
    ::open("/usr/lib/none", O_RDONLY);
    struct stat status{};
    ::stat("/usr/lib/seen", &status);
    if (::chdir("/usr") != 0) ::_exit(1);
    ::open("lib/left", O_RDONLY);
  });
  EXPECT_TRUE(seen.partial_reasons().empty()) << seen.partial_reasons().front();
  EXPECT_EQ(below(seen, {"/usr/lib", "/own"}), (Lines{"miss /usr/lib/none", "open /usr/lib/alias -> /usr/lib/real",
                                                      "open /usr/lib/left -> /usr/lib/left", "stat /usr/lib/seen"}));
}

TEST_F(Mounts, ADirectoryThatASandboxHasElsewhereIsRecordedWhereTheContainerHasIt) {
  const auto seen = contained([] {
    private_namespace();
    tmpfs_on("/box");
    for (const char* directory : {"/box/srv", "/box/old"}) make(directory);
    mount_on("/usr/lib", "/box/srv");
    MUST(::symlink("srv", "/box/tools"));
    enter_root("/box");
    if (::open("/srv/alias", O_RDONLY) < 0) ::_exit(1);
    ::access("/srv/none", F_OK);
    if (::open("/tools/seen", O_RDONLY) < 0) ::_exit(2);  // by a link that only the sandbox has
  });
  EXPECT_EQ(
      below(seen, {"/usr/lib/", "/srv", "/tools"}),
      (Lines{"miss /usr/lib/none", "open /usr/lib/alias -> /usr/lib/real", "open /usr/lib/seen -> /usr/lib/seen"}));
}

TEST_F(Mounts, ARootThatIsADirectoryOfTheContainersIsWalkedFromThere) {
  const auto seen = contained([] {
    private_namespace();
    mount_on("/box", "/box");
    mount_on("/usr", "/box/usr");
    enter_root("/box");
    if (::open("/usr/lib/real", O_RDONLY) < 0) ::_exit(1);
    ::access("/none", F_OK);
  });
  EXPECT_EQ(below(seen, {"/usr/lib", "/box/none", "/none"}),
            (Lines{"miss /box/none", "open /usr/lib/real -> /usr/lib/real"}));
  EXPECT_EQ(below(seen, {"/box/usr"}), (Lines{"stat /box/usr"})) << "what is mounted over has to be there";
}

TEST_F(Mounts, AChrootToATmpfsIsASandboxToo) {
  const auto seen = contained([] {
    private_namespace();
    tmpfs_on("/box");
    make("/box/usr");
    mount_on("/usr", "/box/usr");
    MUST(::chroot("/box"));
    MUST(::chdir("/"));
    if (::open("/usr/lib/alias", O_RDONLY) < 0) ::_exit(1);
    struct stat status{};
    ::stat("/usr/lib/seen", &status);
  });
  EXPECT_EQ(below(seen, {"/usr/lib"}), (Lines{"open /usr/lib/alias -> /usr/lib/real", "stat /usr/lib/seen"}));
}

// The files of an image of its own are not the container's, whatever they are called; its mounts of the container's
// are.
TEST_F(Mounts, AContainerInTheContainerHasFilesOfItsOwn) {
  const auto seen = contained([] {
    private_namespace();
    tmpfs_on("/volume");
    for (const char* directory : {"/volume/usr", "/volume/usr/lib", "/volume/shared", "/volume/old"}) make(directory);
    for (const char* file : {"/volume/usr/lib/real", "/volume/usr/lib/seen"})
      ::close(::open(file, O_CREAT | O_WRONLY, 0600));
    mount_on("/app", "/volume/shared");
    enter_root("/volume");
    if (::open("/usr/lib/real", O_RDONLY) < 0) ::_exit(1);
    struct stat status{};
    if (::stat("/usr/lib/seen", &status) != 0) ::_exit(2);
    ::access("/usr/lib/left", F_OK);
    if (::open("/shared/one", O_RDONLY) < 0) ::_exit(3);
  });
  EXPECT_TRUE(seen.partial_reasons().empty()) << seen.partial_reasons().front();
  EXPECT_EQ(below(seen, {"/usr", "/app/one", "/shared"}), (Lines{"open /app/one -> /app/one"}));
}

TEST_F(Mounts, ANameThatNobodyCanPlaceIsSaidToBeUnresolved) {
  const auto work = [] {
    private_namespace();
    tmpfs_on("/box");
    for (const char* directory : {"/box/srv", "/box/old"}) make(directory);
    mount_on("/usr/lib", "/box/srv");
    enter_root("/box");
    struct stat status{};
    if (::stat("/srv/seen", &status) != 0) ::_exit(1);  // nothing that is mounted there is ever opened
  };
  const auto late = contained(work, kGone);
  ASSERT_TRUE(late.accesses.contains({"/srv/seen", ""}));
  EXPECT_TRUE(late.accesses.at({"/srv/seen", ""}).unresolved);
  EXPECT_FALSE(late.partial_reasons().empty());
  const auto seen = contained(work);
  EXPECT_EQ(below(seen, {"/srv/", "/usr/lib/"}), (Lines{"stat /usr/lib/seen"}));
  EXPECT_TRUE(seen.partial_reasons().empty()) << seen.partial_reasons().front();
}

TEST_F(Mounts, ABindMountOfTheContainersOwnFilesIsFollowedToThem) {
  const auto seen = contained([] {
    mount_on("/app/v2", "/app/current");
    mount_on("/app/one", "/app/other");
    if (::open("/app/current/lib/alias", O_RDONLY) < 0) ::_exit(1);
    struct stat status{};
    if (::stat("/app/current/data", &status) != 0) ::_exit(2);
    ::open("/app/current/none", O_RDONLY);
    if (::open("/app/latest/lib/real", O_RDONLY) < 0) ::_exit(3);  // by a link to the mount point
    if (::open("/app/other", O_RDONLY) < 0) ::_exit(4);
    MUST(::chdir("/app/current/lib"));
    if (::open("../data", O_RDONLY) < 0) ::_exit(5);
  });
  EXPECT_TRUE(seen.partial_reasons().empty()) << seen.partial_reasons().front();
  Lines lines = below(seen, {"/app"});
  std::erase_if(lines, [](const auto& line) { return line == "stat /app/v2" || line == "stat /app/one"; });
  EXPECT_EQ(lines, (Lines{"dir /app/v2/lib -> /app/v2/lib", "miss /app/v2/none",
                          "open /app/latest/lib/real -> /app/v2/lib/real", "open /app/one -> /app/one",
                          "open /app/v2/lib/../data -> /app/v2/data", "open /app/v2/lib/alias -> /app/v2/lib/real",
                          "open /app/v2/lib/real -> /app/v2/lib/real", "stat /app/current", "stat /app/other",
                          "stat /app/v2/data"}));
}

TEST_F(Mounts, AMountThatIsMovedIsFollowedFromWhereItIs) {
  const auto seen = contained([] {
    mount_on("/app/v2", "/app/current");
    if (::open("/app/current/data", O_RDONLY) < 0) ::_exit(1);
    mount_on("/app/current", "/app/moved", MS_MOVE);
    if (::open("/app/moved/lib/real", O_RDONLY) < 0) ::_exit(2);
    ::open("/app/current/data", O_RDONLY);  // a miss: the image's directory is bare again
  });
  Lines lines = below(seen, {"/app/moved", "/app/current", "/app/v2/"});
  EXPECT_EQ(lines, (Lines{"miss /app/current/data", "open /app/v2/data -> /app/v2/data",
                          "open /app/v2/lib/real -> /app/v2/lib/real", "stat /app/current", "stat /app/moved"}));
}

TEST_F(Mounts, AVolumeStaysAMountOfItsOwn) {
  (void)tree.directory("data");
  (void)tree.file("data/kept");  // of the file system that the image lies on, and not in it
  const TestCgroup container(random_id());
  ASSERT_EQ(container.run([this] {
    private_namespace();
    mount_on(tree.at("image"), tree.at("image"));
    mount_on(tree.at("data"), tree.at("image/volume"));
    enter_root(tree.at("image"));
    if (::open("/volume/kept", O_RDONLY) < 0) ::_exit(1);
    if (::open("/etc/conf", O_RDONLY) < 0) ::_exit(2);
  }),
            0);
  const auto seen = collected(container);
  ASSERT_TRUE(seen.accesses.contains({"/volume/kept", "/volume/kept"}));
  EXPECT_TRUE(seen.accesses.at({"/volume/kept", "/volume/kept"}).other_mount);
  EXPECT_FALSE(seen.accesses.at({"/etc/conf", "/etc/conf"}).other_mount);
}

TEST_F(Mounts, ADescriptorFromOutsideASandboxLeadsToTheContainersFile) {
  const auto seen = contained([] {
    const int directory = ::open("/app", O_PATH | O_DIRECTORY);
    enter_sandbox();
    if (::openat(directory, "v2/data", O_RDONLY) < 0) ::_exit(1);
    ::openat(directory, "v2/none", O_RDONLY);
  });
  EXPECT_EQ(below(seen, {"/app/v2"}), (Lines{"miss /app/v2/none", "open /app/v2/data -> /app/v2/data"}));
}

TEST_F(Mounts, ARunningContainerIsToldByItsFirstProcessThoughASandboxRunsInIt) {
  TestCgroup container;
  container.start([this] {
    enter_container();
    ::open("/etc/conf", O_RDONLY);
    int pipe[2];
    MUST(::pipe(pipe));
    if (::fork() == 0) {
      MUST(::prctl(PR_SET_PDEATHSIG, SIGKILL));
      enter_sandbox();
      ::open("/usr/lib/seen", O_RDONLY);
      if (::write(pipe[1], "x", 1) != 1) ::_exit(1);
      ::pause();
    }
    char byte = 0;
    if (::read(pipe[0], &byte, 1) != 1) ::_exit(2);
  });
  ASSERT_TRUE(recorder->add(container.cgroup()));
  const auto seen = collected(container);
  EXPECT_TRUE(seen.accesses.contains({"/etc/conf", "/etc/conf"}));
  EXPECT_TRUE(seen.accesses.contains({"/usr/lib/seen", "/usr/lib/seen"}));
}

#undef MUST

}  // namespace
}  // namespace winnow::test
