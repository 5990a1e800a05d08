// SPDX-License-Identifier: Apache-2.0
// Which paths a glob matches.
#include "winnow/base/glob.h"

#include <fnmatch.h>
#include <gtest/gtest.h>

#include <random>
#include <span>

#include "winnow/base/path.h"

namespace winnow {
namespace {

struct Case {
  const char* glob;
  std::vector<const char*> matches, others;
};

TEST(Glob, MatchesWholePathsComponentByComponent) {
  const Case kCases[] = {
      {"/usr/lib/*.so",
       {"/usr/lib/libc.so", "/usr/lib/.so", "usr//lib/a.so"},
       {"/usr/lib/x/libc.so", "/usr/lib", "/usr/lib/a.so.1"}},
      {"/usr/**", {"/usr", "/usr/share/doc/x"}, {"/", "/usrx", "/opt/usr/a"}},
      {"/usr/**/x", {"/usr/x", "/usr/a/x", "/usr/a/b/x", "/usr/x/x"}, {"/usr/share/y", "/usr", "/usr/x/y"}},
      {"**/*.pyc", {"/a.pyc", "/a/b/c.pyc"}, {"/a/b.pyc/c", "/"}},
      {"/**/a/b/**/c", {"/a/b/c", "/a/a/b/x/c"}, {"/a/x/b/c", "/a/b/c/d"}},
      {"/**/a/b/c", {"/a/b/c", "/a/b/a/b/c"}, {"/a/b/x/a/b"}},
      {"/a**", {"/a", "/abc"}, {"/a/b", "/b"}},
      {"/etc/?[a-c]", {"/etc/xa", "/etc/.c"}, {"/etc/a", "/etc/xd", "/etc/xab"}},
      {"/a\\*b", {"/a*b", "/a\\*b"}, {"/axb"}},
      {"/[ab", {"/[ab"}, {"/a", "/["}},
      {"/a/\xff*", {"/a/\xff\xfe", "/a/\xff"}, {"/a/\xfe\xff"}},
      {"/", {"/", "//", ""}, {"/a"}},
      {"", {"", "/"}, {"/a"}},
      {"**", {"/", "/a", "/a/b/c"}, {}},
  };
  for (const auto& [glob, matches, others] : kCases) {
    const Glob compiled(glob);
    for (const char* path : matches) EXPECT_TRUE(compiled.matches(path)) << glob << " " << path;
    for (const char* path : others) EXPECT_FALSE(compiled.matches(path)) << glob << " " << path;
    EXPECT_TRUE(compiled.matches(glob)) << "its own text";
    EXPECT_EQ(compiled.text(), glob);
  }
}

TEST(Glob, CostsLittleHoweverManyStarsItHas) {
  std::string pattern;
  std::string path;
  for (int i = 0; i < 30; ++i) pattern += "/**/a";
  for (int i = 0; i < 500; ++i) path += "/a";
  EXPECT_TRUE(glob_matches(pattern, path));
  EXPECT_FALSE(glob_matches(pattern + "/**/b", path));  // would take years by trying everything
}

TEST(Glob, OfALiteralPathMatchesThatPathAlone) {
  for (const char* path : {"/plain", "/opt/a*[b]", "/a\\b", "/a?b/**/c", "/\xff[!x]"}) {
    EXPECT_TRUE(glob_matches(literal_glob(path), path)) << path;
    EXPECT_TRUE(glob_matches(literal_glob(path) + "/*", std::string(path) + "/x")) << path;
  }
  EXPECT_FALSE(glob_matches(literal_glob("/opt/a*[b]"), "/opt/axb"));
  EXPECT_FALSE(glob_matches(literal_glob("/a/**"), "/a/b/c"));
}

// What a glob means, by trying everything.
using Parts = std::span<const std::string_view>;
bool means(Parts pattern, Parts path) {
  if (pattern.empty()) return path.empty();
  if (pattern[0] == "**") return means(pattern.subspan(1), path) || (!path.empty() && means(pattern, path.subspan(1)));
  return !path.empty() && ::fnmatch(std::string(pattern[0]).c_str(), std::string(path[0]).c_str(), 0) == 0 &&
         means(pattern.subspan(1), path.subspan(1));
}

TEST(Glob, ByChanceMatchesWhatItMeans) {
  std::minstd_rand chance(3);
  const auto text_of = [&](std::initializer_list<std::string_view> pieces) {
    std::string text;
    for (auto left = chance() % 8; left > 0; --left) text += pieces.begin()[chance() % pieces.size()];
    return text;
  };
  int matched = 0;
  for (int i = 0; i < 100'000; ++i) {
    const std::string pattern =
        text_of({"/", "/", "/a", "/b", "a", "/**", "/**/", "*", "?", "[ab]", "[", "]", "\\", "\\*"});
    const std::string path = text_of({"/", "/a", "/b", "/a", "/ab", "a", "b", "*", "/**", "[", "\\"});
    const bool right = pattern == path || means(components_of(pattern), components_of(path));
    ASSERT_EQ(Glob(pattern).matches(path), right) << pattern << " " << path;
    matched += right ? 1 : 0;
  }
  EXPECT_GT(matched, 5000);
}

}  // namespace
}  // namespace winnow
