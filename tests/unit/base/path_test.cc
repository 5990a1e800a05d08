// SPDX-License-Identifier: Apache-2.0
// Image paths and globs.
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
  EXPECT_EQ(name_of("/etc/passwd"), "passwd");
  EXPECT_EQ(name_of("/"), "");
}

TEST(IsBelow, GoesByComponents) {
  for (const char* above : {"/srv", "/", "/srv/app"}) EXPECT_TRUE(is_below("/srv/app", above)) << above;
  for (const char* above : {"/sr", "/srv/app/x", "/srv/ap", "/opt"}) EXPECT_FALSE(is_below("/srv/app", above)) << above;
}

TEST(Glob, StarStaysInsideAComponent) {
  EXPECT_TRUE(glob_matches("/usr/lib/*.so", "/usr/lib/libc.so"));
  EXPECT_FALSE(glob_matches("/usr/lib/*.so", "/usr/lib/x/libc.so"));
}

TEST(Glob, DoubleStarCrossesDirectories) {
  EXPECT_TRUE(glob_matches("/usr/**", "/usr/share/doc/x"));
  EXPECT_TRUE(glob_matches("/usr/**/x", "/usr/x"));
  EXPECT_TRUE(glob_matches("**/*.pyc", "/a/b/c.pyc"));
  EXPECT_FALSE(glob_matches("/usr/**/x", "/usr/share/y"));
}

TEST(Glob, MatchesBytesThatAreNotUtf8) { EXPECT_TRUE(glob_matches("/a/\xff*", "/a/\xff\xfe")); }

TEST(Glob, CostsLittleHoweverManyStarsItHas) {
  std::string pattern;
  std::string path;
  for (int i = 0; i < 30; ++i) pattern += "/**/a";
  for (int i = 0; i < 500; ++i) path += "/a";
  EXPECT_TRUE(glob_matches(pattern, path));
  EXPECT_FALSE(glob_matches(pattern + "/**/b", path));  // would take years by trying everything
  EXPECT_TRUE(glob_matches("/**/a/b/**/c", "/a/a/b/x/c"));
  EXPECT_FALSE(glob_matches("/**/a/b/c", "/a/b/x/a/b"));
  EXPECT_TRUE(glob_matches("/a/**", "/a"));
}

}  // namespace
}  // namespace winnow
