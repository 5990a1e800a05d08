// SPDX-License-Identifier: Apache-2.0
// What processes hold, which ones there are, and whose they are, as /proc and a cgroup's files have it.
#include "record/snapshot.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "winnow/base/error.h"
#include "winnow/base/file.h"

namespace winnow::record {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;

constexpr pid_t kNobody = 0x3fffffff;

class SnapshotTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char directory[] = "/tmp/winnow-unit-XXXXXX";
    ASSERT_NE(::mkdtemp(directory), nullptr);
    directory_ = fs::canonical(directory).string();
  }
  ~SnapshotTest() override {
    for (const pid_t child : children_) {
      ::kill(child, SIGKILL);
      ::waitpid(child, nullptr, 0);
    }
    std::error_code ignored;
    fs::remove_all(directory_, ignored);
  }

  std::string file(const std::string& name, const std::string& text) {
    fs::create_directories(fs::path(directory_ + name).parent_path());
    std::ofstream(directory_ + name) << text;
    return directory_ + name;
  }
  // A child that waits for its end.
  pid_t child() {
    const pid_t pid = ::fork();
    if (pid == 0) {
      for (;;) ::syscall(SYS_ppoll, nullptr, 0, nullptr, nullptr, 0);
    }
    if (pid > 0) children_.push_back(pid);
    return pid;
  }
  static std::vector<std::string> held_paths() {
    std::vector<std::string> paths;
    for (const Place& place : held_by(::getpid()).places) paths.push_back(place.path);
    return paths;
  }

  std::string directory_;
  std::vector<pid_t> children_;
};

TEST_F(SnapshotTest, TheRootIsThatOfTheProcess) {
  const auto self = root_of("self");
  ASSERT_TRUE(self) << self.error().what;
  struct stat root{}, space{};
  ASSERT_EQ(::stat("/", &root), 0);
  ASSERT_EQ(::stat("/proc/self/ns/mnt", &space), 0);
  EXPECT_EQ(self->inode, root.st_ino);
  EXPECT_EQ(self->mount_namespace, space.st_ino);
  EXPECT_TRUE(root_of(std::to_string(::getpid()))->same_directory(*self));
  const auto gone = root_of(std::to_string(kNobody));
  ASSERT_FALSE(gone);
  EXPECT_THAT(gone.error().what, HasSubstr("the root of process " + std::to_string(kNobody)));
}

TEST_F(SnapshotTest, AProcessHoldsItsExecutableItsDirectoryAndItsFiles) {
  const std::string path = file("/a b\tc\xff", "x");
  const auto open = open_file(path, O_RDONLY);
  ASSERT_TRUE(open);
  const Held held = held_by(::getpid());
  ASSERT_TRUE(held.exe);
  EXPECT_EQ(held.exe->path, fs::read_symlink("/proc/self/exe").string());
  EXPECT_TRUE(held.root.same_directory(*root_of("self")));
  EXPECT_THAT(held.mounts, Not(IsEmpty()));
  EXPECT_THAT(held_paths(), IsSupersetOf({path, held.exe->path, fs::current_path().string(), std::string("/")}));
}

TEST_F(SnapshotTest, AMappedFileIsHeldWithoutADescriptor) {
  const std::string path = file("/mapped\nfile", "x");
  void* mapping = nullptr;
  {
    const auto open = open_file(path, O_RDONLY);
    ASSERT_TRUE(open);
    mapping = ::mmap(nullptr, 1, PROT_READ, MAP_PRIVATE, open->get(), 0);
    ASSERT_NE(mapping, MAP_FAILED);
  }
  EXPECT_THAT(held_paths(), Contains(path));
  ::munmap(mapping, 1);
  EXPECT_THAT(held_paths(), Not(Contains(path)));
}

TEST_F(SnapshotTest, ADeletedFileKeepsItsNameAndAFileThatIsCalledDeletedToo) {
  const std::string path = file("/gone", "x"), odd = file("/odd (deleted)", "x");
  const auto gone = open_file(path, O_RDONLY), there = open_file(odd, O_RDONLY);
  ASSERT_TRUE(gone && there);
  fs::remove(path);
  EXPECT_THAT(held_paths(), IsSupersetOf({path, odd}));
}

TEST_F(SnapshotTest, PipesAndMemoryAreNoFiles) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const Fd reader(ends[0]), writer(ends[1]), memory(::memfd_create("winnow-unit", MFD_CLOEXEC));
  ASSERT_TRUE(memory.valid());
  for (const std::string& path : held_paths()) {
    EXPECT_TRUE(path.starts_with('/')) << path;
    EXPECT_THAT(path, Not(HasSubstr("memfd:")));
  }
}

TEST_F(SnapshotTest, AProcessThatHasEndedHoldsNothing) {
  const Held held = held_by(kNobody);
  EXPECT_FALSE(held.exe);
  EXPECT_THAT(held.places, IsEmpty());
  EXPECT_THAT(held.mounts, IsEmpty());
  EXPECT_EQ(held.unreadable, 0U);
  EXPECT_THAT(pending_calls(kNobody), IsEmpty());
}

TEST_F(SnapshotTest, MountsAreReadOfAProcessInThatNamespaceOnly) {
  const auto self = static_cast<std::uint32_t>(::getpid());
  const std::uint32_t space = root_of("self")->mount_namespace;
  const auto mounts = mounts_of(self, space);
  ASSERT_TRUE(mounts);
  EXPECT_TRUE(std::ranges::any_of(*mounts, [](const Mount& mount) { return mount.point == "/"; }));
  EXPECT_FALSE(mounts_of(self, space + 1));
  EXPECT_FALSE(mounts_of(kNobody, space));
  EXPECT_THAT(processes_in_mount_namespace(space), Contains(::getpid()));
  EXPECT_THAT(processes_in_mount_namespace(1), Not(Contains(::getpid())));
}

TEST_F(SnapshotTest, CgroupsAreFoundTheTopmostFirst) {
  file("/a/deep/cgroup.procs", "");
  file("/b/cgroup.procs", "");
  file("/cgroup.procs", "");
  const auto found = cgroups_below(directory_);
  ASSERT_EQ(found.size(), 4U);
  EXPECT_EQ(found[0], directory_);
  EXPECT_EQ(found[3], directory_ + "/a/deep");
  EXPECT_THAT(cgroups_below(directory_ + "/none"), ElementsAre(directory_ + "/none")) << "it may be gone meanwhile";
}

TEST_F(SnapshotTest, ProcessesAreReadOfAllCgroupsThatAreThere) {
  file("/a/cgroup.procs", "12\n0\n7\n");
  file("/b/cgroup.threads", "99\n");
  const auto processes = [&](const std::string& name) { return processes_in({directory_ + name}); };
  EXPECT_THAT(processes_in({directory_ + "/a", directory_ + "/gone", directory_ + "/b"}), ElementsAre(12, 0, 7, 99));
  file("/empty/cgroup.procs", "");
  EXPECT_THAT(processes("/empty"), IsEmpty());
  file("/cut/cgroup.procs", "12\n34");
  EXPECT_THAT(processes("/cut"), ElementsAre(12, 34));
  for (const char* nonsense : {"x", "\n\n", "-", "99999999999999999999\n", "-5\n", "\xff\n"}) {
    file("/odd/cgroup.procs", nonsense);
    EXPECT_THAT(processes("/odd"), IsEmpty()) << nonsense;
  }
}

TEST(Snapshot, OfAProcessInAnotherPidNamespaceItSaysThatItCannotBeRead) {
  const Held hidden = held_by(0);
  EXPECT_EQ(hidden.unreadable, 1U);
  EXPECT_EQ(hidden.root.inode, 0U);
  EXPECT_EQ(held_by(::getpid()).unreadable, 0U);
}

TEST_F(SnapshotTest, WhoIsNotDescendedFromTheFirstCameInFromOutside) {
  const pid_t one = child(), other = child();
  ASSERT_TRUE(one > 0 && other > 0);
  EXPECT_THAT(intruders_among({::getpid(), one, other}), IsEmpty()) << "they are children of the first";
  const pid_t first = first_among({one, other});
  const auto intruders = intruders_among({one, other});
  ASSERT_EQ(intruders.size(), 1U);
  EXPECT_TRUE(first == one || first == other);
  EXPECT_EQ(intruders[0].pid, first == one ? other : one);
  const std::string ours = *read_file("/proc/self/cmdline");
  ASSERT_FALSE(intruders[0].command.empty());
  EXPECT_TRUE(ours.starts_with(intruders[0].command[0] + '\0'));
  EXPECT_THAT(intruders_among({one, kNobody}), IsEmpty()) << "who has ended is nobody";
}

TEST_F(SnapshotTest, APendingCallIsTheOneThatAThreadWaitsIn) {
  if (!read_file("/proc/self/syscall")) GTEST_SKIP() << "this kernel does not say in which call a thread is";
  const pid_t waiting = child();
  ASSERT_GT(waiting, 0);
  std::vector<Pending> pending;
  for (int tries = 0; tries < 5000 && pending.empty(); ++tries) {  // until the child is there
    ::usleep(1000);
    pending = pending_calls(waiting);
    if (!pending.empty() && pending[0].number != SYS_ppoll) pending.clear();
  }
  ASSERT_EQ(pending.size(), 1U);
  EXPECT_FALSE(pending[0].compat);
}

}  // namespace
}  // namespace winnow::record
