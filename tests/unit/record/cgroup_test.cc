// SPDX-License-Identifier: Apache-2.0
// Container ids in the cgroup paths of every engine, and mountinfo as kernels write it.
#include <gtest/gtest.h>
#include <unistd.h>

#include "winnow/base/mounts.h"
#include "winnow/record/record.h"

namespace winnow {
namespace {

const std::string kId = "4f1c9a0be2d35867aa01c4e9d7b6f5032184ce6d9b7fa0513e28dc4b60917f3a";
const std::string kOther = "0000000000000000000000000000000000000000000000000000000000000001";

TEST(ContainerId, IsFoundInThePathsOfEveryEngine) {
  const std::string pod = "pod0b3c1f6e_8a52_4d0e_9a51_6c2f6c1f2b11";
  for (const std::string& path : {
           "/docker/" + kId, "/system.slice/docker-" + kId + ".scope", "/docker/" + kId + "/init.scope",
           "/kubepods/burstable/pod0b3c1f6e-8a52-4d0e-9a51-6c2f6c1f2b11/" + kId,
           "/kubepods/pod0b3c1f6e-8a52-4d0e-9a51-6c2f6c1f2b11/" + kId,
           "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-" + pod + ".slice/cri-containerd-" + kId +
               ".scope",
           "/kubepods.slice/kubepods-" + pod + ".slice/crio-" + kId + ".scope",
           "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-" + pod + ".slice:cri-containerd:" + kId,
           "/machine.slice/libpod-" + kId + ".scope", "/machine.slice/libpod-" + kId + ".scope/container",
           "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" + kId + ".scope",
           "/libpod_parent/libpod-" + kId, "/default/" + kId, "/../../" + kId, "/../cri-containerd-" + kId + ".scope",
           "/docker/" + kOther + "/docker/" + kId,  // a container in a container
       })
    EXPECT_EQ(container_id_of(path), kId) << path;
}

TEST(ContainerId, IsNotSeenWhereThereIsNone) {
  for (const std::string& path : {
           std::string("/"),
           std::string("/system.slice/ssh.service"),
           std::string("/docker"),
           "/docker/" + kId.substr(1),  // 63 digits
           "/docker/a" + kId,           // 65
           "/docker/" + std::string(64, 'G'),
           "/machine.slice/libpod-conmon-" + kId + ".scope",  // the monitor of a container
           "/machine.slice/crio-conmon-" + kId + ".scope",
           "/docker/" + kId + ".service",
       })
    EXPECT_EQ(container_id_of(path), "") << path;
}

TEST(Mountinfo, IsReadWithItsOptionalFieldsAndEscapes) {
  const auto mounts = parse_mountinfo(
      "26 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n"
      "40 30 0:37 / /sys/fs/cgroup/unified rw,relatime shared:9 master:1 - cgroup2 cgroup2 rw\n"
      "41 26 8:17 /sub /data\\040dir\\134x rw - xfs /dev/sdb1 rw\n"
      "no mount at all\n"
      "42 26 0:50 / /proc rw - proc proc rw");
  ASSERT_EQ(mounts.size(), 4U);
  EXPECT_EQ(mounts[0].device, 254U << 20);
  EXPECT_EQ(mounts[0].type, "ext4");
  EXPECT_EQ(mounts[1].type, "cgroup2");
  EXPECT_EQ(mounts[2].device, 8U << 20 | 17U);
  EXPECT_EQ(mounts[2].root, "/sub");
  EXPECT_EQ(mounts[2].point, "/data dir\\x");
  EXPECT_EQ(mounts[3].point, "/proc");
}

TEST(Mountinfo, APathLiesOnTheDeepestAndTheLastMount) {
  const auto mounts = parse_mountinfo(
      "1 0 0:1 / / rw - ext4 x rw\n"
      "2 1 0:2 / /a rw - tmpfs x rw\n"
      "3 1 0:3 / /a/b rw - tmpfs x rw\n"
      "4 1 0:4 / /a rw - tmpfs x rw\n");
  const auto device = [&](std::string_view path) { return mount_of(mounts, path)->device; };
  EXPECT_EQ(device("/"), 1U);
  EXPECT_EQ(device("/ab"), 1U) << "a longer name is not a path below";
  EXPECT_EQ(device("/a"), 4U);
  EXPECT_EQ(device("/a/b/c"), 3U);
  EXPECT_EQ(mount_of({}, "/a"), nullptr);
}

TEST(CgroupOfProcess, IsOurOwnAndAnEndedProcessHasNone) {
  const auto hierarchy = default_hierarchy();
  if (!hierarchy) GTEST_SKIP() << "no cgroups here: " << hierarchy.error().what;
  const auto mine = cgroup_of_process(::getpid(), *hierarchy);
  ASSERT_TRUE(mine) << mine.error().what;
  const auto again = cgroup_at(mine->path, *hierarchy);
  ASSERT_TRUE(again) << again.error().what;
  EXPECT_EQ(again->id, mine->id);
  EXPECT_EQ(cgroup_at(hierarchy->mount + mine->path, *hierarchy)->id, mine->id);
  EXPECT_EQ(hierarchy_holding(hierarchy->mount)->mount, hierarchy->mount);
  EXPECT_FALSE(cgroup_of_process(0x3fffffff, *hierarchy));
  EXPECT_FALSE(cgroup_at("/no/such/cgroup", *hierarchy));
  EXPECT_FALSE(hierarchy_of_controller("no-such-controller"));
}

}  // namespace
}  // namespace winnow
