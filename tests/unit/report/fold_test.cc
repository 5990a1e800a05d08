// SPDX-License-Identifier: Apache-2.0
// Many paths as few lines: which directories stand for what is in them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "winnow/report/page.h"

namespace winnow {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Paths = std::vector<std::string_view>;

std::vector<std::string> names(const Paths& paths, std::size_t most) {
  std::vector<std::string> all;
  for (const PathLine& line : fold_paths(paths, most)) all.push_back(line.name);
  return all;
}

const Paths kTree = {"/app/main",    "/usr/bin/a",   "/usr/bin/b", "/usr/lib/x/1",
                     "/usr/lib/x/2", "/usr/lib/x/3", "/usr/lib/y", "/var/log"};

TEST(FoldPaths, HasALineForEachIfThereIsRoomOrNoBound) {
  const std::vector<std::string> all(kTree.begin(), kTree.end());
  EXPECT_EQ(names(kTree, 0), all);
  EXPECT_EQ(names(kTree, kTree.size()), all);
  EXPECT_EQ(names(kTree, 1000), all);
  EXPECT_THAT(names({}, 0), IsEmpty());
  EXPECT_THAT(names({}, 3), IsEmpty());
}

TEST(FoldPaths, OpensTheLargestDirectoriesFirst) {
  EXPECT_THAT(names(kTree, 1), ElementsAre("/"));
  EXPECT_THAT(names(kTree, 2), ElementsAre("/")) << "there is no room for what is in it";
  EXPECT_THAT(names(kTree, 3), ElementsAre("/app/main", "/usr/", "/var/log"));
  EXPECT_THAT(names(kTree, 4), ElementsAre("/app/main", "/usr/bin/", "/usr/lib/", "/var/log"));
  EXPECT_THAT(names(kTree, 5), ElementsAre("/app/main", "/usr/bin/", "/usr/lib/x/", "/usr/lib/y", "/var/log"));
  EXPECT_THAT(names(kTree, 7), ElementsAre("/app/main", "/usr/bin/", "/usr/lib/x/1", "/usr/lib/x/2", "/usr/lib/x/3",
                                           "/usr/lib/y", "/var/log"));
}

TEST(FoldPaths, NamesTheDeepestDirectoryThatAllAreIn) {
  const Paths deep = {"/usr/share/doc/a/1", "/usr/share/doc/a/2", "/usr/share/doc/b"};
  EXPECT_THAT(names(deep, 1), ElementsAre("/usr/share/doc/"));
  EXPECT_THAT(names(deep, 2), ElementsAre("/usr/share/doc/a/", "/usr/share/doc/b"));
  const Paths alike = {"/usr/libfoo", "/usr/library"};
  EXPECT_THAT(names(alike, 1), ElementsAre("/usr/")) << "not /usr/lib";
}

TEST(FoldPaths, TellsADirectoryFromWhatIsInIt) {
  const Paths paths = {"/a", "/a-b", "/a/1", "/a/2"};
  EXPECT_THAT(names(paths, 3), ElementsAre("/a", "/a-b", "/a/"));
  const auto lines = fold_paths(paths, 3);
  EXPECT_FALSE(lines[0].is_directory());
  EXPECT_TRUE(lines[2].is_directory());
  EXPECT_EQ(lines[2].first, 2U);
  EXPECT_EQ(lines[2].last, 4U);
}

TEST(FoldPaths, StandsForEachPathOnceWhateverThePathsAre) {
  std::mt19937 random(7);
  const auto below = [&](std::size_t limit) { return random() % limit; };
  for (int round = 0; round < 200; ++round) {
    std::set<std::string> tree;
    for (std::size_t i = below(60) + 1; i > 0; --i) {
      std::string path;
      for (std::size_t depth = below(5) + 1; depth > 0; --depth) path += std::string("/") + "ab-\xff"[below(4)];
      tree.insert(path);
    }
    const Paths paths(tree.begin(), tree.end());
    for (std::size_t most = 1; most <= paths.size() + 1; ++most) {
      const auto lines = fold_paths(paths, most);
      EXPECT_LE(lines.size(), most);
      std::size_t next = 0;
      for (const PathLine& line : lines) {
        ASSERT_EQ(line.first, next);
        ASSERT_GT(line.last, line.first);
        next = line.last;
        EXPECT_EQ(line.name.ends_with('/'), line.is_directory()) << line.name;
        for (std::size_t at = line.first; at < line.last; ++at) {
          EXPECT_TRUE(paths[at].starts_with(line.name));
        }
      }
      ASSERT_EQ(next, paths.size());
    }
  }
}

}  // namespace
}  // namespace winnow
