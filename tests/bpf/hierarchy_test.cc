// SPDX-License-Identifier: Apache-2.0
// Where the cgroups of version 2 do not tell: version 1, and processes that share a cgroup with others.
#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "workload.h"

namespace winnow::test {
namespace {

class HierarchyTest : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root: CAP_BPF, CAP_PERFMON and a cgroup of its own";
  }
  void open(const std::optional<Hierarchy>& hierarchy) {
    RecorderOptions options = small();
    options.hierarchy = hierarchy;
    auto opened = Recorder::open(options);
    ASSERT_TRUE(opened) << opened.error().what;
    recorder.emplace(*std::move(opened));
  }
  Lines lines(const Cgroup& cgroup) {
    const auto profile = recorder->collect(cgroup.id);
    EXPECT_TRUE(profile) << profile.error().what;
    return profile ? lines_of(*profile, tree.root()) : Lines{"nothing"};
  }
  Tree tree;
  std::optional<Recorder> recorder;
};

TEST_F(HierarchyTest, ACgroupOfVersion1IsRecordedWithWhatIsBelowIt) {
  const auto pids = hierarchy_of_controller("pids");
  if (!pids) GTEST_SKIP() << "needs cgroups of version 1: " << pids.error().what;
  ASSERT_NO_FATAL_FAILURE(open(*pids));
  (void)tree.file("file");
  (void)tree.file("below");
  const TestCgroup group("", "pids");
  const TestCgroup neighbour("", "pids");
  ASSERT_TRUE(recorder->add(group.cgroup()));
  ASSERT_EQ(neighbour.run([this] { ::open(tree.root().c_str(), O_RDONLY); }), 0);
  ASSERT_EQ(group.run([&] {
    ::open(tree.at("file").c_str(), O_RDONLY);
    ::mkdir((group.directory() + "/made").c_str(), 0755);
    const int procs = ::open((group.directory() + "/made/cgroup.procs").c_str(), O_WRONLY);
    if (::write(procs, "0", 1) != 1) ::_exit(1);
    ::open(tree.at("below").c_str(), O_RDONLY);
  }),
            0);
  EXPECT_EQ(lines(group.cgroup()), (Lines{"open ./below -> ./below", "open ./file -> ./file"}));
  EXPECT_TRUE(hierarchy_holding(group.directory())->controller == "pids");
}

TEST_F(HierarchyTest, AContainersCgroupOfVersion1IsAdoptedAtItsBirth) {
  const auto pids = hierarchy_of_controller("pids");
  if (!pids) GTEST_SKIP() << "needs cgroups of version 1: " << pids.error().what;
  ASSERT_NO_FATAL_FAILURE(open(*pids));
  ASSERT_TRUE(recorder->adopt_new_containers(true));
  const std::string id = random_id();
  const TestCgroup version2(fmt::format("{}", std::string(64, 'e')));
  const TestCgroup container(id, "pids");
  ASSERT_TRUE(recorder->poll(std::chrono::milliseconds(100)));
  const auto born = recorder->take_new_containers();
  ASSERT_EQ(born.size(), 1U) << "and not that of version 2";
  EXPECT_EQ(born[0].container_id, id);
  EXPECT_EQ(born[0].cgroup.id, container.cgroup().id);
}

TEST_F(HierarchyTest, AProcessThatSharesItsCgroupIsToldApartByItsMountNamespace) {
  ASSERT_NO_FATAL_FAILURE(open({}));
  (void)tree.file("inside");
  (void)tree.file("outside");
  int go[2];
  int told[2];
  ASSERT_EQ(::pipe(go) | ::pipe(told), 0);
  const pid_t child = ::fork();
  char byte = 0;
  if (child == 0) {
    ::close(go[1]);
    if (::unshare(CLONE_NEWNS) != 0 || ::write(told[1], "x", 1) != 1) ::_exit(1);
    if (::read(go[0], &byte, 1) != 1) ::_exit(2);
    ::open(tree.at("inside").c_str(), O_RDONLY);
    ::_exit(0);
  }
  ASSERT_EQ(::read(told[0], &byte, 1), 1);
  const auto target = recorder->add_mount_namespace(child);
  ASSERT_TRUE(target) << target.error().what;
  EXPECT_FALSE(recorder->add_mount_namespace(::getpid())) << "which would be all of this machine";
  EXPECT_TRUE(recorder->alive(target->id));
  ::close(::open(tree.at("outside").c_str(), O_RDONLY));
  ASSERT_EQ(::write(go[1], "x", 1), 1);
  ::waitpid(child, nullptr, 0);
  EXPECT_EQ(lines(*target), (Lines{"open ./inside -> ./inside"}));
  EXPECT_FALSE(recorder->alive(target->id));
}

}  // namespace
}  // namespace winnow::test
