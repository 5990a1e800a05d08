// SPDX-License-Identifier: Apache-2.0
// Which sightings of a target count, by the root of the task that made them.
#include "record/target.h"

#include <gtest/gtest.h>

#include "events.h"

namespace winnow::record {
namespace {

constexpr std::uint64_t kMs = 1'000'000;
const Root kHost{.mount_namespace = 1, .device = 10, .inode = 2};
const Root kRuntime{.mount_namespace = 7, .device = 10, .inode = 2};    // runc init before pivot_root
const Root kContainer{.mount_namespace = 7, .device = 20, .inode = 5};  // after it
const Root kPlain{.mount_namespace = 7, .device = 10, .inode = 99};     // a directory of the host's file system as root
const Root kInner{.mount_namespace = 8, .device = 30, .inode = 5};      // a container in the container
const Root kChroot{.mount_namespace = 1, .device = 10, .inode = 77};

Event opened(const std::string& path, const Root& root, std::uint64_t time_ns = 0) {
  return {.time_ns = time_ns,
          .kind = WN_OPEN,
          .root = root,
          .file_device = root.device,
          .name = path,
          .base = "/",
          .file = path,
          .exe = "/bin/sh"};
}

std::vector<std::string> paths_of(const Target& target) {
  std::vector<std::string> paths;
  for (const auto& [key, access] : target.profile(0, 0, {}).accesses) paths.push_back(access.path);
  return paths;
}

using Paths = std::vector<std::string>;

Target made(Origin origin) { return {{.path = "/test", .id = 1}, 0, kHost, origin}; }

TEST(TargetRoot, AnAdoptedContainerLeavesItsRuntimesFilesOut) {
  Target target = made(Origin::kAdopted);
  EXPECT_FALSE(target.take(opened("/etc/host", kHost)));
  EXPECT_FALSE(target.take(opened("/etc/runtime", kRuntime)));
  EXPECT_TRUE(target.take(opened("/etc/passwd", kContainer)));
  EXPECT_FALSE(target.take(opened("/etc/inner", kInner)));
  EXPECT_EQ(paths_of(target), Paths{"/etc/passwd"});
}

TEST(TargetRoot, ARootThatIsADirectoryOfTheHostsFileSystemIsTheContainersToo) {
  Target target = made(Origin::kAdopted);
  target.take(opened("/etc/runtime", kRuntime));
  target.take(opened("/etc/passwd", kPlain));
  EXPECT_EQ(paths_of(target), Paths{"/etc/passwd"});
}

TEST(TargetRoot, AnEmptyCgroupIsThePlaceOfWhatComesToIt) {
  Target plain = made(Origin::kEmpty);
  plain.take(opened("/etc/host", kHost));
  plain.take(opened("/jail/etc/conf", kChroot));
  EXPECT_EQ(paths_of(plain), (Paths{"/etc/host", "/jail/etc/conf"}));

  Target container = made(Origin::kEmpty);
  container.take(opened("/usr/bin/runc", kRuntime));
  container.take(opened("/etc/passwd", kContainer));
  EXPECT_EQ(paths_of(container), Paths{"/etc/passwd"});
}

TEST(TargetRoot, ARunningTaskDecidesWhereTheRootIs) {
  Target host = made(Origin::kRunning);
  host.settle(kHost);
  host.take(opened("/etc/inner", kContainer));
  host.take(opened("/etc/host", kHost));
  EXPECT_EQ(paths_of(host), Paths{"/etc/host"});

  Target container = made(Origin::kRunning);
  container.settle(kContainer);
  container.take(opened("/usr/bin/runc", kRuntime));
  container.take(opened("/etc/inner", kInner));
  container.take(opened("/etc/passwd", kContainer));
  EXPECT_EQ(paths_of(container), Paths{"/etc/passwd"});
}

TEST(TargetProfile, HasOneRunWithItsTimesAndLosses) {
  const std::string id(64, 'a');
  Target target({.path = "/docker/" + id, .id = 1}, 1000 * kMs, kHost, Origin::kAdopted);
  target.take(opened("/late", kContainer, 1250 * kMs));
  target.take(opened("/early", kContainer, 900 * kMs));
  target.count_unreadable(2);
  AccessProfile profile = target.profile(3000 * kMs, 50'000, {.ring_full = 4, .unreadable = 1});
  ASSERT_EQ(profile.runs.size(), 1U);
  EXPECT_EQ(profile.runs[0].container, id);
  EXPECT_TRUE(profile.runs[0].from_start);
  EXPECT_EQ(profile.runs[0].started_ms, 48'000U);
  EXPECT_EQ(profile.runs[0].duration_ms, 2000U);
  EXPECT_EQ(profile.runs[0].lost, (Losses{.ring_full = 4, .unreadable = 3}));
  EXPECT_EQ(profile.accesses.at({"/late", "/late"}).first_ms, 250U);
  EXPECT_EQ(profile.accesses.at({"/early", "/early"}).first_ms, 0U);
  EXPECT_EQ(profile.accesses.at({"/late", "/late"}).runs, std::set<std::uint32_t>{0});
  target.end(1500 * kMs);
  profile = target.profile(3000 * kMs, 50'000, {});
  EXPECT_EQ(profile.runs[0].duration_ms, 500U) << "it ended with its cgroup";
}

TEST(TargetProfile, OnlyANewPathIsNew) {
  Target target = made(Origin::kEmpty);
  EXPECT_FALSE(target.populated());
  EXPECT_TRUE(target.take(opened("/a", kHost)));
  EXPECT_TRUE(target.populated());
  EXPECT_FALSE(target.take(opened("/a", kHost)));
  EXPECT_EQ(target.paths(), 1U);
}

}  // namespace
}  // namespace winnow::record
