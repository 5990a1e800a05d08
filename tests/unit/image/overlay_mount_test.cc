// SPDX-License-Identifier: Apache-2.0
// Overlay mounts as mountinfo tells them: lines of Docker, containerd and of the newer mount calls.
#include "image/store/overlay_mount.h"

#include <gtest/gtest.h>

namespace winnow {
namespace {

using Lower = std::vector<std::string>;

OverlayMount read(const std::string& options) {
  const auto mount =
      root_overlay("22 1 0:5 / /proc rw - proc proc rw\n30 29 0:40 / / rw,relatime master:1 - overlay overlay rw," +
                   options + "\n31 30 0:5 / /etc/hosts rw - ext4 /dev/vda rw\n");
  return mount.value().value();
}

TEST(OverlayMount, TheTopLayerStandsFirstInTheMountAndLastHere) {
  const OverlayMount mount = read("lowerdir=/v/l/C:/v/l/B:/v/l/A,upperdir=/v/x/diff,workdir=/v/x/work,uuid=on");
  EXPECT_EQ(mount.lower, (Lower{"/v/l/A", "/v/l/B", "/v/l/C"}));
  EXPECT_EQ(mount.upper, "/v/x/diff");
}

TEST(OverlayMount, RelativeLayersAreBesideTheUpperOne) {
  const OverlayMount mount = read("workdir=/s/67/work,upperdir=/s/67/fs,lowerdir=66/fs:65/fs");
  EXPECT_EQ(mount.lower, (Lower{"/s/65/fs", "/s/66/fs"}));
}

TEST(OverlayMount, OneOptionForEachLayer) {
  const OverlayMount mount = read("lowerdir+=/b,lowerdir+=/a,upperdir=/u");
  EXPECT_EQ(mount.lower, (Lower{"/a", "/b"}));
}

TEST(OverlayMount, EscapesAreTakenOut) {
  // Spaces, commas and backslashes are octal (proc(5)); a colon within a name has a backslash of its own.
  const OverlayMount mount = read(R"(lowerdir=/with\040space:/co\134:lon:/com\134\054ma,upperdir=/u\134\054v)");
  EXPECT_EQ(mount.lower, (Lower{"/com,ma", "/co:lon", "/with space"}));
  EXPECT_EQ(mount.upper, "/u,v");
}

TEST(OverlayMount, TheLastMountAtTheRootCounts) {
  const auto mount =
      root_overlay("1 0 0:1 / / rw - overlay o rw,lowerdir=/a,upperdir=/u\n2 1 0:2 / / rw - ext4 /dev/x rw\n");
  ASSERT_TRUE(mount);
  EXPECT_FALSE(*mount);
}

TEST(OverlayMount, WhatIsNoOverlayOrNoMountinfoIsNothing) {
  for (const char* text :
       {"", "\n\n", "1 2 3", "1 0 0:1 / / rw - tmpfs t rw", "1 0 0:1 / /x rw - overlay o rw,lowerdir=/a"}) {
    const auto mount = root_overlay(text);
    ASSERT_TRUE(mount) << text;
    EXPECT_FALSE(*mount) << text;
  }
}

TEST(OverlayMount, MoreLayersThanAnImageCanHaveAreRefused) {
  std::string options = "lowerdir=/a";
  for (int i = 0; i < 600; ++i) options += ":/a";
  EXPECT_FALSE(root_overlay("1 0 0:1 / / rw - overlay o " + options + ",upperdir=/u"));
}

}  // namespace
}  // namespace winnow
