// SPDX-License-Identifier: Apache-2.0
// Trees and lists that lead pick astray: it stays inside, and says what was wrong.
#include "picking.h"
#include "winnow/base/file.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

namespace fs = std::filesystem;
using namespace std::string_literals;
using namespace test;  // NOLINT(google-build-using-namespace)

class HostilePick : public Pick {};

INSTANTIATE_TEST_SUITE_P(Programs, HostilePick, ::testing::Values(WINNOW_PICK, WINNOW_PICK_CHECKED),
                         [](const auto& program) { return program.index == 0 ? "shipped" : "checked"; });

TEST_P(HostilePick, FollowsNoLinkOfTheTreeItReads) {
  fs::create_symlink(dir_ + "/outside", from("link"));
  fs::create_directory(from("d"));
  fs::create_symlink("../../outside", from("d/up"));
  for (const auto& names : {std::vector<std::string>{"link/secret"}, {"link", "link/secret"}, {"d", "d/up/secret"}}) {
    const Outcome outcome = pick(names);
    EXPECT_EQ(outcome.status, 1);
    EXPECT_NE(outcome.said.find(names.back()), std::string::npos) << outcome.said;
    for (const auto& entry : fs::recursive_directory_iterator(to(""))) EXPECT_NE(entry.path().filename(), "secret");
    fs::remove_all(to(""));
  }
}

TEST_P(HostilePick, FollowsNoLinkOfOneTreeWhereAnotherHasADirectory) {
  fs::create_directory(from("d"));
  fs::create_directory(dir_ + "/other");
  fs::create_symlink(dir_ + "/outside", dir_ + "/other/d");
  const Outcome outcome =
      run({dir_ + "/to", dir_ + "/from", list({"d"}), dir_ + "/other", list({"d/secret"}, "other.list")});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_FALSE(fs::exists(to("d/secret")));
}

TEST_P(HostilePick, WritesThroughNoLinkThatItHasMade) {
  fs::create_symlink(dir_ + "/outside", from("d"));
  fs::create_directories(dir_ + "/other/d");
  put("../other/d/planted", "evil");
  const Outcome outcome =
      run({dir_ + "/to", dir_ + "/from", list({"d"}), dir_ + "/other", list({"d/planted"}, "other.list")});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.said.find("no directory on the way to ./d/planted"), std::string::npos) << outcome.said;
  expect_outside_untouched();
}

TEST_P(HostilePick, RefusesADestinationThatIsThere) {
  put("file", "x");
  fs::create_symlink("outside", dir_ + "/to");
  EXPECT_EQ(pick({"file"}).status, 1);
  expect_outside_untouched();
}

TEST_P(HostilePick, RefusesNamesThatAreNotBelowTheRoot) {
  put("file", "x");
  for (const std::string& text : {"../outside/secret\0"s, "/etc/passwd\0"s, "./../outside/secret\0"s, "./a/../file\0"s,
                                  "./\0"s, ".\0"s, "\0"s, ".//file\0"s, "./file/\0"s, "./.\0"s, "file\0"s, "./file"s,
                                  "17777:./file\0"s, "8:./file\0"s, "7:\0"s, ":./file\0"s}) {
    const Outcome outcome = run({dir_ + "/to", dir_ + "/from", raw_list(text)});
    EXPECT_EQ(outcome.status, 1) << escape_path(text);
    EXPECT_FALSE(fs::exists(to("")));
  }
  EXPECT_EQ(run({dir_ + "/to", dir_ + "/from", raw_list("./file\0"s)}).status, 0);
}

TEST_P(HostilePick, NamesWhatIsMissingOrTooMuchInATerminalsLetters) {
  put("file", "x");
  const Outcome missing = pick({"file", "gone\x1b[2J\n"});
  EXPECT_EQ(missing.status, 1);
  EXPECT_EQ(missing.said, "pick: looking at ./gone\\x1b[2J\\x0a: ENOENT\n");
  fs::remove_all(to(""));
  EXPECT_EQ(pick({"file", "file"}).status, 1);
  EXPECT_EQ(run({}).status, 2);
  EXPECT_EQ(run({dir_ + "/to2", dir_ + "/from"}).status, 2);
}

// A tree at ROOT full of links that lead out of it, to FIRST of all, and names that may be in it.
std::vector<std::string> random_tree(std::mt19937& random, const std::string& root, const std::string& first) {
  const auto any = [&](std::size_t count) { return static_cast<std::size_t>(random() % count); };
  const auto there = [&](const std::string& name) {
    struct stat status{};
    return ::lstat((root + "/" + name).c_str(), &status) == 0;
  };
  const std::vector<std::string> targets = {first, "../outside", "../../outside", "..", "/", ".", "a", "/a"};
  const std::vector<std::string> components = {"a", "b", "c\n", "secret"};
  fs::create_directory(root);
  std::vector<std::string> names;
  for (int entry = 0; entry < 12; ++entry) {
    std::string name = components[any(components.size())];
    for (std::size_t depth = any(3); depth > 0; --depth) name += "/" + components[any(components.size())];
    const std::string path = root + "/" + name;
    std::error_code error;
    const std::string parent = fs::weakly_canonical(fs::path(path).parent_path(), error).string();
    if (const auto kind = any(3); error || !parent.starts_with(root)) {  // making it must not leave the tree either
    } else if (kind == 0) {
      fs::create_directory(path, error);
    } else if (kind == 1) {
      fs::create_symlink(targets[any(targets.size())], path, error);
    } else if (!there(name)) {
      if (const auto fd = open_file(path, O_WRONLY | O_CREAT, 0644)) (void)write_all(fd->get(), "x");
    }
    if (any(4) != 0) names.push_back(name);
  }
  std::ranges::sort(names);
  names.erase(std::ranges::unique(names).begin(), names.end());
  if (any(2) == 0) std::erase_if(names, [&](const auto& name) { return !there(name); });
  return names;
}

TEST_P(HostilePick, StaysInsideWhateverTheTreesAndListsAre) {
  std::mt19937 random(20);
  int succeeded = 0;
  for (int round = 0; round < 200; ++round) {
    std::vector<std::string> words = {dir_ + "/to"};
    for (const char* tree : {"tree0", "tree1"}) {
      words.push_back(dir_ + "/" + tree);
      words.push_back(list(random_tree(random, dir_ + "/" + tree, dir_ + "/outside"), tree + ".list"s));
    }
    const Outcome outcome = run(words);
    ASSERT_TRUE(outcome.status == 0 || outcome.status == 1) << outcome.said;
    succeeded += outcome.status == 0;
    expect_outside_untouched();
    for (const char* tree : {"/tree0", "/tree1", "/to"}) fs::remove_all(dir_ + tree);
  }
  EXPECT_GT(succeeded, 5);
}

}  // namespace
}  // namespace winnow
