// SPDX-License-Identifier: Apache-2.0
// What lies in a directory, and what lies anywhere below it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "support/index_text.h"
#include "winnow/base/path.h"
#include "winnow/index/index.h"

namespace winnow {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

template <class Ids>
std::vector<std::string> paths(const Index& index, const Ids& ids) {
  std::vector<std::string> all;
  for (const EntryId id : ids) all.push_back(index.entries[id].path);
  return all;
}

class Below : public ::testing::Test {
 protected:
  std::vector<std::string> below(std::string_view path) { return paths(index_, index_.below(path)); }
  std::vector<std::string> children(std::string_view path) { return paths(index_, index_.children(path)); }
  std::vector<std::string> starting_with(std::string_view text) { return paths(index_, index_.starting_with(text)); }

  // '-' and '.' sort before a slash, '0' right behind it.
  const Index index_ = test::index_from_text(
      "f 0644 0:0 1 /srv/app/a\n"
      "f 0644 0:0 1 /srv/app/b/c\n"
      "f 0644 0:0 1 /srv/app/b-x\n"
      "f 0644 0:0 1 /srv/app/b.d/e\n"
      "f 0644 0:0 1 /srv/app/b0\n"
      "f 0644 0:0 1 /srv/app-2\n"
      "f 0644 0:0 1 /srv/app0\n"
      "d 0755 0:0 /srv/empty\n"
      "l /srv/link app");
};

TEST_F(Below, IsAllAtAnyDepthButNotTheDirectoryItself) {
  EXPECT_THAT(below("/srv/app"), ElementsAre("/srv/app/a", "/srv/app/b", "/srv/app/b-x", "/srv/app/b.d",
                                             "/srv/app/b.d/e", "/srv/app/b/c", "/srv/app/b0"));
  EXPECT_THAT(below("/srv/app/b"), ElementsAre("/srv/app/b/c"));
  EXPECT_EQ(below("/").size(), index_.entries.size() - 1);
  EXPECT_EQ(below("/").front(), "/srv");
}

TEST_F(Below, IsNothingOfFilesLinksEmptyDirectoriesAndWhatIsNotThere) {
  for (const char* path : {"/srv/app/a", "/srv/link", "/srv/empty", "/none", "/zzz"}) {
    EXPECT_THAT(below(path), IsEmpty()) << path;
    EXPECT_THAT(children(path), IsEmpty()) << path;
  }
}

TEST_F(Below, ChildrenAreTheNamesInADirectoryAlone) {
  EXPECT_THAT(children("/srv/app"),
              ElementsAre("/srv/app/a", "/srv/app/b", "/srv/app/b-x", "/srv/app/b.d", "/srv/app/b0"));
  EXPECT_THAT(children("/srv"), ElementsAre("/srv/app", "/srv/app-2", "/srv/app0", "/srv/empty", "/srv/link"));
  EXPECT_THAT(children("/"), ElementsAre("/srv"));
}

TEST_F(Below, APrefixNeedNotEndAtASlash) {
  EXPECT_THAT(starting_with("/srv/app/b."), ElementsAre("/srv/app/b.d", "/srv/app/b.d/e"));
  EXPECT_EQ(starting_with("/srv/app").size(), 10u);
  EXPECT_EQ(starting_with("").size(), index_.entries.size());
  EXPECT_THAT(starting_with("/srv/apq"), IsEmpty());
}

TEST_F(Below, AnIndexWithoutEntriesHasNothing) {
  const Index none;
  EXPECT_TRUE(none.below("/").empty());
  EXPECT_TRUE(paths(none, none.children("/")).empty());
}

TEST(BelowByChance, IsWhatLookingAtEveryPathFinds) {
  std::minstd_rand chance(7);
  for (int round = 0; round < 100; ++round) {
    Index index;
    std::set<std::string> all = {"/"};
    for (int i = 0; i < 40; ++i) {
      std::string path;
      for (auto depth = 1 + chance() % 4; depth > 0; --depth)
        all.insert(path.append("/").append(1, "a-.0\xff"[chance() % 5]));
    }
    for (const std::string& path : all) index.entries.push_back({.path = path, .type = EntryType::kDirectory});
    for (const std::string& top : all) {
      std::vector<std::string> below, children;
      for (const std::string& path : all) {
        if (path == top || !is_below(path, top)) continue;
        below.push_back(path);
        if (parent_of(path) == top) children.push_back(path);
      }
      ASSERT_EQ(paths(index, index.below(top)), below) << top;
      ASSERT_EQ(paths(index, index.children(top)), children) << top;
    }
  }
}

}  // namespace
}  // namespace winnow
