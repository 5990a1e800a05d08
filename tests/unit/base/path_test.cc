// SPDX-License-Identifier: Apache-2.0
// Image paths.
#include "winnow/base/path.h"

#include <gtest/gtest.h>

namespace winnow {
namespace {

TEST(NormalPath, DropsDotsAndEmptyComponents) {
  EXPECT_EQ(normal_path("usr//bin/./sh/"), "/usr/bin/sh");
  EXPECT_EQ(normal_path("/"), "/");
  EXPECT_EQ(normal_path(""), "/");
}

TEST(NormalPath, NeverLeavesTheImage) {
  EXPECT_EQ(normal_path("../../etc/passwd"), "/etc/passwd");
  EXPECT_EQ(normal_path("/a/../../b"), "/b");
  EXPECT_EQ(normal_path("/.."), "/");
}

TEST(NormalPath, KeepsNamesThatOnlyLookLikeDots) { EXPECT_EQ(normal_path("/a/...b/..c"), "/a/...b/..c"); }

TEST(ParentOf, IsTheRootForTopLevelNames) {
  EXPECT_EQ(parent_of("/etc"), "/");
  EXPECT_EQ(parent_of("/"), "/");
  EXPECT_EQ(parent_of("/etc/ssl/certs"), "/etc/ssl");
}

TEST(NameOf, IsTheLastComponent) {
  EXPECT_EQ(base_name("/etc/passwd"), "passwd");
  EXPECT_EQ(base_name("/"), "");
}

TEST(IsBelow, GoesByComponents) {
  for (const char* above : {"/srv", "/", "/srv/app"}) EXPECT_TRUE(is_below("/srv/app", above)) << above;
  for (const char* above : {"/sr", "/srv/app/x", "/srv/ap", "/opt"}) EXPECT_FALSE(is_below("/srv/app", above)) << above;
}

}  // namespace
}  // namespace winnow
