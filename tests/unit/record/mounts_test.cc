// SPDX-License-Identifier: Apache-2.0
// What a view knows of the mounts of a namespace: where paths lie, and that a hostile workload cannot make it grow.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "events.h"
#include "record/view.h"
#include "unit/record/places.h"

namespace winnow::record {
namespace {

constexpr std::uint32_t kOther = 30, kSpace = 8;

Root sandbox(std::uint32_t mount_namespace) {
  return {.mount_namespace = mount_namespace, .device = kOther, .inode = 1};
}

// "own PATH", "elsewhere PATH" or "unknown PATH".
std::string located(const View& view, const std::string& path) {
  const auto [whose, where, point] = view.locate(kSpace, path);
  return (whose == View::Whose::kOwn ? "own " : whose == View::Whose::kElsewhere ? "elsewhere " : "unknown ") + where;
}

TEST(ViewLocates, APathByTheLongestMountPointOnItsWay) {
  View view(kContainer);
  view.know(sandbox(kSpace), {{.device = kOther, .root = "/", .point = "/"},
                              {.device = kOwnDevice, .root = "/usr", .point = "/usr"},
                              {.device = kOther, .root = "/", .point = "/usr/share"},
                              {.device = kOwnDevice, .root = "/opt/v1", .point = "/usr/share/app"}});
  EXPECT_EQ(located(view, "/usr/lib/a"), "own /usr/lib/a");
  EXPECT_EQ(located(view, "/usr"), "own /usr");
  EXPECT_EQ(located(view, "/usrx"), "elsewhere /usrx") << "a longer name is not a path below";
  EXPECT_EQ(located(view, "/usr/share/doc"), "elsewhere /usr/share/doc");
  EXPECT_EQ(located(view, "/usr/share/app/a"), "own /opt/v1/a");
  EXPECT_EQ(located(view, "//usr/./share//app/a"), "own /opt/v1/a");
  EXPECT_EQ(located(view, "/usr/share/../lib/a"), "own /usr/lib/a");
  EXPECT_EQ(located(view, "/usr/share/app/../../../etc"), "elsewhere /usr/share/app/../../../etc");
  EXPECT_EQ(view.locate(kSpace, "/usr/share/app/a").mount_point, "/usr/share/app");
}

TEST(ViewLocates, NothingInANamespaceThatNobodyKnows) {
  View view(kContainer);
  EXPECT_EQ(located(view, "/usr/a"), "unknown /usr/a");
  view.know(sandbox(kSpace + 1), {{.device = kOwnDevice, .root = "/", .point = "/"}});
  EXPECT_EQ(located(view, "/usr/a"), "unknown /usr/a");
  view.know(sandbox(kSpace), {{.device = kOwnDevice, .root = "/", .point = "/"}});
  EXPECT_EQ(located(view, "/usr/a"), "own /usr/a");
}

TEST(ViewKnows, NoListThatDoesNotBeginAtTheRootOfTheNamespace) {
  View view(kContainer);
  view.know(sandbox(kSpace), {{.device = kOwnDevice, .root = "/usr", .point = "/usr"}});
  EXPECT_EQ(located(view, "/usr/a"), "unknown /usr/a");
  view.know(sandbox(kSpace), {{.device = kOther, .root = "/", .point = "/"}});
  view.know(sandbox(kSpace), {{.device = kOwnDevice, .root = "/", .point = "/"}});
  EXPECT_EQ(located(view, "/usr/a"), "elsewhere /usr/a") << "the second was of a process with another root";
}

TEST(ViewKnows, OfEndlessNamespacesOnlySoMany) {
  View view(kContainer);
  std::size_t most = 0;
  for (std::uint32_t space = 100; space < 5100; ++space) {
    view.know(sandbox(space), {{.device = kOther, .root = "/", .point = "/"}});
    most = std::max(most, view.namespaces().size());
    ASSERT_TRUE(view.namespaces().contains(space)) << "the newest is known";
  }
  EXPECT_EQ(most, 1024U);
}

TEST(ViewKnows, OfEndlessMountsOnlySoMany) {
  View view(kContainer);
  const Place root{.device = kOther, .path = "/", .in_filesystem = "/"};
  for (int i = 0; i < 20'000; ++i) {
    const std::string point = "/m" + std::to_string(i);
    const Place place{.device = kOther, .path = point + "/a", .in_filesystem = "/a", .mount_point = point};
    (void)view.take({.kind = WN_STAT, .root = sandbox(kSpace), .name = "a", .base = root, .file = place}, gone);
  }
  EXPECT_EQ(view.namespaces().at(kSpace).mounts.size(), 16'384U);

  View other(kContainer);
  std::vector<Mount> mounts = {{.device = kOther, .root = "/", .point = "/"}};
  for (int i = 0; i < 20'000; ++i) {
    mounts.push_back({.device = kOther, .root = "/", .point = "/m" + std::to_string(i)});
  }
  other.know(sandbox(kSpace), mounts);
  EXPECT_TRUE(other.namespaces().at(kSpace).mounts.empty()) << "a part of a list would misplace what is not in it";
  mounts.resize(16'000);
  other.know(sandbox(kSpace), mounts);
  EXPECT_EQ(other.namespaces().at(kSpace).mounts.size(), 16'000U);
}

TEST(ViewHolds, WhatIsTheContainersAndWhatATaskOfItsOwnHasFromElsewhere) {
  View view(kContainer);
  const Place own{
      .device = kOwnDevice, .path = "/data/a", .in_filesystem = "/srv/a", .mount_point = "/data", .mounted = "/srv"};
  const Place elsewhere{.device = kOther, .path = "/proc/x", .in_filesystem = "/x", .mount_point = "/proc"};
  const auto held = view.hold(kContainer, own, own);
  ASSERT_EQ(held.size(), 1U);
  EXPECT_EQ(held[0].access.path, "/srv/a");
  EXPECT_EQ(held[0].access.by, "/srv/a");
  EXPECT_FALSE(held[0].access.other_mount);
  const auto other = view.hold(kContainer, elsewhere, std::nullopt);
  ASSERT_EQ(other.size(), 1U);
  EXPECT_EQ(other[0].access.path, "/proc/x");
  EXPECT_TRUE(other[0].access.other_mount);
  EXPECT_EQ(other[0].access.by, "(outside the container)");
  EXPECT_TRUE(view.hold(sandbox(kSpace), elsewhere, std::nullopt).empty());
  EXPECT_EQ(view.hold(sandbox(kSpace), own, std::nullopt).size(), 1U);
}

TEST(ViewPrograms, InTheWorkloadsMemoryHaveOneNameAndARuntimeHasNone) {
  const auto program = [](const std::string& name) {
    View view(kContainer);
    const Place exe{.device = kOther, .stray = true, .path = name, .in_filesystem = name};
    const Place own{.device = kOwnDevice, .path = "/a", .in_filesystem = "/a"};
    return view.hold(kContainer, own, exe).at(0).access.by;
  };
  EXPECT_EQ(program("/memfd:jit-1"), "/memfd:");
  EXPECT_EQ(program("/memfd:jit-2"), "/memfd:");
  for (const char* runtime : {"/memfd:runc_cloned:/proc/self/exe", "/memfd:pentacle_sealed", "/usr/bin/runc"}) {
    EXPECT_EQ(program(runtime), "(outside the container)") << runtime;
  }
}

}  // namespace
}  // namespace winnow::record
