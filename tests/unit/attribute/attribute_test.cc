// SPDX-License-Identifier: Apache-2.0
// Every access gets one label, and the entries it used on its way.
#include "winnow/attribute/attribute.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "support/index_text.h"

namespace winnow {
namespace {

const char* const kImage = R"(
  l /bin usr/bin
  d 0755 0:0 /usr/bin
  f 0755 0:0 10 /usr/bin/dash
  l /usr/bin/sh dash
  d 0755 0:0 /srv/app
  f 0644 0:0 5 /srv/app/main
  l /srv/current app
  d 0755 0:0 /data
)";

class Attributing : public ::testing::Test {
 protected:
  // The attribution of one access.
  Attribution of(const std::string& path, Kinds kinds, const std::string& resolved = "", bool other_mount = false) {
    Access access;
    access.path = path;
    access.resolved = resolved;
    access.kinds = kinds;
    access.other_mount = other_mount;
    profile_.accesses.clear();
    profile_.add(access);
    return attribute(profile_, index_).front();
  }
  std::string path_of(std::optional<EntryId> id) const { return id ? index_.entries[*id].path : "none"; }
  std::vector<std::string> hops_of(const Attribution& found) const {
    std::vector<std::string> paths;
    for (const EntryId hop : found.hops) paths.push_back(index_.entries[hop].path);
    return paths;
  }
  const Index index_ = test::index_from_text(kImage);
  AccessProfile profile_;
};

TEST_F(Attributing, FollowsEveryHopOfAChainOfLinks) {
  const auto found = of("/bin/sh", Kind::kExec);
  EXPECT_EQ(found.label, Label::kEntry);
  EXPECT_EQ(path_of(found.entry), "/usr/bin/dash");
  EXPECT_EQ(hops_of(found), (std::vector<std::string>{"/bin", "/usr/bin/sh"}));
}

TEST_F(Attributing, ANameOfAnUnknownDirectoryIsPlacedNowhere) {
  Access access;
  access.path = "usr/bin/dash";  // of the image, were it taken for an absolute one
  access.kinds = Kind::kOpen;
  access.unresolved = true;
  AccessProfile profile;
  profile.add(access);
  const auto found = attribute(profile, index_);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].label, Label::kUnplaced);
  EXPECT_FALSE(found[0].entry);
  EXPECT_TRUE(found[0].hops.empty());
  EXPECT_EQ(of("/usr/bin/dash", Kind::kOpen).label, Label::kEntry) << "with a directory it is placed";
}

TEST_F(Attributing, LeavesTheLastLinkUnfollowedForLstatAndReadlink) {
  EXPECT_EQ(path_of(of("/srv/current", Kind::kLstat).entry), "/srv/current");
  EXPECT_EQ(path_of(of("/srv/current", Kind::kReadlink).entry), "/srv/current");
  EXPECT_EQ(path_of(of("/srv/current", Kind::kStat).entry), "/srv/app");
}

TEST_F(Attributing, BelievesTheKernelBeforeTheWalk) {
  // The workload pointed /srv/current elsewhere before it opened the file.
  EXPECT_EQ(path_of(of("/srv/current/x", Kind::kOpen, "/srv/app/main").entry), "/srv/app/main");
}

TEST_F(Attributing, NamesTheDirectoryOfWhatWasCreated) {
  const auto found = of("/srv/current/log/today", Kind::kOpen, "/srv/app/log/today");
  EXPECT_EQ(found.label, Label::kCreated);
  EXPECT_FALSE(found.entry);
  EXPECT_EQ(path_of(found.directory), "/srv/app");
  EXPECT_EQ(hops_of(found), std::vector<std::string>{"/srv/current"});
}

TEST_F(Attributing, KeepsTheMountPointOfAnotherMount) {
  const auto found = of("/data/db/1", Kind::kOpen, "/data/db/1", true);
  EXPECT_EQ(found.label, Label::kOtherMount);
  EXPECT_EQ(path_of(found.directory), "/data");
}

TEST_F(Attributing, ANameBelowWhatEveryContainerMountsIsOnAnotherMount) {
  EXPECT_EQ(of("/proc/meminfo", Kind::kStat).label, Label::kOtherMount);
  EXPECT_EQ(of("/dev/null", Kind::kStat).label, Label::kOtherMount);
  EXPECT_EQ(of("/srv/app/../../sys/x", Kind::kStat).label, Label::kOtherMount);
  EXPECT_EQ(of("/process", Kind::kStat).label, Label::kCreated);
  EXPECT_EQ(of("/data/1", Kind::kStat).label, Label::kCreated);
}

TEST_F(Attributing, ANameBelowAVolumeIsOnAnotherMount) {
  Index index = index_;
  index.config.volumes = {"/data/"};
  profile_.accesses.clear();
  profile_.add({.path = "/data/1", .kinds = Kind::kStat});
  EXPECT_EQ(attribute(profile_, index).front().label, Label::kOtherMount);
}

TEST_F(Attributing, PutsALookupWithoutEndDownToTheLinkThatItEndedAt) {
  const Index index = test::index_from_text("l /loop loop\nl /ping pong\nl /pong ping\n");
  for (const auto& [path, link] :
       {std::pair("/loop", "/loop"), std::pair("/ping/x/y", "/ping"), std::pair("/pong", "/pong")}) {
    Access access;
    access.path = path;
    access.kinds = Kind::kStat;
    AccessProfile profile;
    profile.add(access);
    const auto found = attribute(profile, index).front();
    EXPECT_EQ(found.label, Label::kEntry) << path;
    EXPECT_EQ(index.entries[found.entry.value()].path, link);
  }
}

TEST_F(Attributing, CallsAFailedLookupAMiss) { EXPECT_EQ(of("/nowhere", Kind::kMiss).label, Label::kMiss); }

TEST_F(Attributing, CountsDirectoriesThatDotDotLeft) {
  const auto found = of("/srv/app/../current", Kind::kLstat);
  EXPECT_EQ(path_of(found.entry), "/srv/current");
  EXPECT_EQ(hops_of(found), std::vector<std::string>{"/srv/app"});
}

TEST_F(Attributing, LabelsEachAccessOnce) {
  profile_.accesses.clear();
  for (const char* path : {"/bin/sh", "/none", "/data"}) {
    Access access;
    access.path = path;
    access.kinds = Kind::kStat;
    profile_.add(access);
  }
  const auto all = attribute(profile_, index_);
  ASSERT_EQ(all.size(), 3u);
  EXPECT_TRUE(std::ranges::equal(all, profile_.accesses, {}, &Attribution::access,
                                 [](const auto& one) { return &one.second; }));
}

}  // namespace
}  // namespace winnow
