// SPDX-License-Identifier: Apache-2.0
// Which sightings of a target count, by the root of the task that made them.
#include "record/target.h"

#include <gtest/gtest.h>

#include "events.h"
#include "unit/record/places.h"

namespace winnow::record {
namespace {

constexpr std::uint64_t kMs = 1'000'000;
const Root kRuntime{.mount_namespace = 7, .device = 10, .inode = 2};  // runc init before pivot_root
const Root kPlain{.mount_namespace = 7, .device = 10, .inode = 99};   // a directory of the host's file system as root
const Root kChroot{.mount_namespace = 1, .device = 10, .inode = 77};

Event opened(const std::string& path, const Root& root, std::uint64_t time_ns = 0) {
  return {.time_ns = time_ns,
          .kind = WN_OPEN,
          .root = root,
          .name = path,
          .base = at("/", root),
          .file = at(path, root),
          .exe = at("/bin/sh", root)};
}

std::vector<std::string> paths_of(const Target& target) {
  std::vector<std::string> paths;
  for (const auto& [key, access] : target.profile({}).accesses) paths.push_back(access.path);
  return paths;
}

using Paths = std::vector<std::string>;

constexpr std::size_t kMaxPaths = 1000;

Target made(Origin origin) { return {{.path = "/test", .id = 1}, 0, kHost, origin, kMaxPaths}; }

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

TEST(TargetRoot, ASandboxSeesTheContainersFilesWhateverItsOwnRootIs) {
  for (const Origin origin : {Origin::kAdopted, Origin::kEmpty}) {
    Target target = made(origin);
    target.take(opened("/etc/passwd", kContainer));
    Event event = opened("/usr/share/a", kInner);
    event.file = at("/usr/share/a", kContainer);
    event.file->mount_point = event.file->mounted = "/usr";
    EXPECT_TRUE(target.take(event));
    EXPECT_EQ(paths_of(target), (Paths{"/etc/passwd", "/usr/share/a"}));
  }
}

TEST(TargetRoot, ANameOfASandboxThatIsPlacedAtLastIsTheContainersAndAnotherUnresolved) {
  Target target = made(Origin::kAdopted);
  target.take(opened("/etc/passwd", kContainer));
  for (const char* name : {"/usr/share/b", "/nowhere"})
    target.take({.kind = WN_STAT, .root = kInner, .name = name, .base = at("/", kInner)});
  EXPECT_EQ(target.profile({}).partial_reasons().size(), 1U);
  Event event = opened("/usr/share/a", kInner);
  event.file = at("/usr/share/a", kContainer);
  event.file->mount_point = event.file->mounted = "/usr";
  target.take(event);
  const AccessProfile profile = target.profile({});
  EXPECT_FALSE(profile.accesses.at({"/usr/share/b", ""}).unresolved);
  EXPECT_TRUE(profile.accesses.at({"/nowhere", ""}).unresolved);
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
  Target target({.path = "/docker/" + id, .id = 1}, 1000 * kMs, kHost, Origin::kAdopted, kMaxPaths);
  target.take(opened("/late", kContainer, 1250 * kMs));
  target.take(opened("/early", kContainer, 900 * kMs));
  target.take(Held{.root = kContainer, .unreadable = 2}, WN_WORKLOAD);
  AccessProfile profile =
      target.profile({.now_ns = 3000 * kMs, .now_ms = 50'000, .lost = {.buffers_full = 4, .unreadable = 1}});
  ASSERT_EQ(profile.runs.size(), 1U);
  EXPECT_EQ(profile.runs[0].container, id);
  EXPECT_TRUE(profile.runs[0].from_start);
  EXPECT_EQ(profile.runs[0].started_ms, 48'000U);
  EXPECT_EQ(profile.runs[0].duration_ms, 2000U);
  EXPECT_EQ(profile.runs[0].lost, (Losses{.buffers_full = 4, .unreadable = 3}));
  EXPECT_EQ(profile.accesses.at({"/late", "/late"}).first_ms, 250U);
  EXPECT_EQ(profile.accesses.at({"/early", "/early"}).first_ms, 0U);
  EXPECT_EQ(profile.accesses.at({"/late", "/late"}).runs, RunSet{0});
  target.end(1500 * kMs);
  profile = target.profile({.now_ns = 3000 * kMs, .now_ms = 50'000});
  EXPECT_EQ(profile.runs[0].duration_ms, 500U) << "it ended with its cgroup";
}

TEST(TargetProfile, HasNoNegativeTimesIfWhatWasSavedHasThem) {
  Target target({.path = "/test", .id = 1}, 2000 * kMs, kHost, Origin::kAdopted, kMaxPaths);
  target.end(1000 * kMs);
  const AccessProfile profile = target.profile({.now_ns = 1500 * kMs, .now_ms = 50'000});
  EXPECT_EQ(profile.runs[0].duration_ms, 0U);
  EXPECT_EQ(profile.runs[0].started_ms, 50'000U);
  EXPECT_EQ(target.profile({.now_ns = 9000 * kMs, .now_ms = 3}).runs[0].started_ms, 0U);
}

TEST(TargetProfile, OnlyANewPathIsNew) {
  Target target = made(Origin::kEmpty);
  EXPECT_FALSE(target.populated());
  EXPECT_TRUE(target.take(opened("/a", kHost)));
  EXPECT_TRUE(target.populated());
  EXPECT_FALSE(target.take(opened("/a", kHost)));
  EXPECT_EQ(target.paths(), 1U);
}

Event from(std::uint64_t visit, Event event) {
  event.visit = visit;
  return event;
}

Event entering(std::uint64_t visit, const std::string& arguments) {
  return {.time_ns = 5 * kMs, .visit = visit, .kind = WN_ENTERED, .name = arguments};
}

TEST(TargetEntries, TellWhoTouchedAPath) {
  using namespace std::string_literals;
  Target target = made(Origin::kEmpty);
  target.take(from(WN_ENTERING, opened("/etc/passwd", kHost)));
  target.take(entering(8, "cat\0probe\0"s));
  target.take(from(8, opened("/probe", kHost)));
  target.take(from(10, opened("/shown", kHost)));  // what entered was lost
  const auto actors = [&](const std::string& path, const Visitors& visitors) -> std::vector<std::string_view> {
    const auto profile = target.profile({.visitors = visitors});
    const auto found = profile.accesses.find({path, path});
    return found == profile.accesses.end() ? std::vector<std::string_view>{} : found->second.from.names();
  };
  using Names = std::vector<std::string_view>;
  const Visitors health{.healthcheck = {"cat", "probe"}, .ignore_exec = true};
  EXPECT_EQ(actors("/etc/passwd", health), Names{"workload"}) << "a runtime on its way in needs what it reads";
  EXPECT_EQ(actors("/probe", {}), Names{"exec"});
  EXPECT_EQ(actors("/probe", health), Names{"healthcheck"});
  EXPECT_EQ(actors("/shown", {}), Names{"exec"});
  EXPECT_EQ(actors("/shown", health), Names{});
}

TEST(TargetLimit, FurtherPathsAreCounted) {
  Target target({.path = "/test", .id = 1}, 0, kHost, Origin::kEmpty, 2);
  for (const char* path : {"/a", "/b", "/c", "/a", "/d"}) target.take(opened(path, kHost));
  const AccessProfile profile = target.profile({});
  EXPECT_EQ(profile.accesses.size(), 2U);
  EXPECT_EQ(profile.runs[0].lost.paths_full, 2U);
}

TEST(TargetSaved, IsTheSameAfterwards) {
  using namespace std::string_literals;
  Target target({.path = "/docker/\xff", .id = 77}, 1000, kHost, Origin::kAdopted, kMaxPaths);
  target.take(opened("/runtime", kRuntime));
  target.take(opened("/etc/pass\nwd\xfe", kContainer));
  target.take(entering(8, "a\0\xfe\0"s));
  target.take(from(8, opened("/probe", kContainer)));
  target.take(Held{.root = kContainer, .places = {at("/held", kContainer)}, .unreadable = 3}, WN_WORKLOAD);
  target.take({.kind = WN_STAT, .root = kInner, .name = "/waiting", .base = at("/", kInner)});
  target.end(9000);
  const auto again = Target::restore(target.save(), kMaxPaths);
  ASSERT_TRUE(again) << again.error().what;
  EXPECT_EQ(again->save(), target.save());
  EXPECT_EQ(again->cgroup().id, 77U);
  EXPECT_EQ(again->paths(), 4U);
  EXPECT_EQ(to_json(again->profile({.now_ns = 99'999})), to_json(target.profile({.now_ns = 99'999})));
  EXPECT_FALSE(Target::restore("{}", kMaxPaths));
  EXPECT_FALSE(Target::restore("", kMaxPaths));
}

}  // namespace
}  // namespace winnow::record
