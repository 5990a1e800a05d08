// SPDX-License-Identifier: Apache-2.0
// The program pick on real trees: the one that goes into build contexts, and the same with sanitizers.
#include <elf.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <random>

#include "winnow/base.h"

namespace winnow {
namespace {

namespace fs = std::filesystem;
using namespace std::string_literals;

// cap_net_bind_service+ep, as the kernel stores it (struct vfs_cap_data, revision 2).
const std::string kCapability = "\x01\x00\x00\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"s;

void write(const std::string& path, std::string_view content) {
  const Fd fd = open_file(path, O_WRONLY | O_CREAT | O_TRUNC, 0644).value();
  ASSERT_TRUE(write_all(fd.get(), content));
}

struct Outcome {
  int status = -1;
  std::string said;
};

class Pick : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "not root: owners, nodes and capabilities cannot be set";
    std::string name = "/var/tmp/winnow-test.XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    dir_ = name;
    old_mask_ = ::umask(0);
    fs::create_directory(dir_ + "/from");
    fs::create_directory(dir_ + "/outside");
    put("../outside/secret", "untouched");
  }
  void TearDown() override {
    ::umask(old_mask_);
    if (!dir_.empty()) fs::remove_all(dir_);
  }

  std::string from(const std::string& name) const { return dir_ + "/from/" + name; }
  std::string to(const std::string& name) const { return dir_ + "/to/" + name; }
  void put(const std::string& name, std::string_view content) const { write(from(name), content); }
  // The names, as a list file.
  std::string list(const std::vector<std::string>& names, const std::string& file = "list") const {
    std::string text;
    for (const auto& name : names) text += "./" + name + '\0';
    return raw_list(text, file);
  }
  std::string raw_list(const std::string& text, const std::string& file = "list") const {
    write(dir_ + "/" + file, text);
    return dir_ + "/" + file;
  }
  Outcome run(std::vector<std::string> words) const {
    words.insert(words.begin(), GetParam());
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const std::string said = dir_ + "/said";
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, said.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    pid_t pid = -1;
    char* none[] = {nullptr};
    EXPECT_EQ(::posix_spawn(&pid, GetParam(), &actions, nullptr, arguments.data(), none), 0);
    ::posix_spawn_file_actions_destroy(&actions);
    int status = 0;
    EXPECT_EQ(::waitpid(pid, &status, 0), pid);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_file(said).value_or("")};
  }
  Outcome pick(const std::vector<std::string>& names) const { return run({dir_ + "/to", dir_ + "/from", list(names)}); }
  void expect_picked(const std::vector<std::string>& names) const {
    const Outcome outcome = pick(names);
    ASSERT_EQ(outcome.status, 0) << outcome.said;
  }
  static struct stat status_of(const std::string& path) {
    struct stat status{};
    EXPECT_EQ(::lstat(path.c_str(), &status), 0) << path;
    return status;
  }
  void expect_alike(const std::string& name) const {
    const struct stat one = status_of(from(name)), other = status_of(to(name));
    EXPECT_EQ(one.st_mode, other.st_mode) << name;
    EXPECT_EQ(one.st_uid, other.st_uid) << name;
    EXPECT_EQ(one.st_gid, other.st_gid) << name;
    EXPECT_EQ(one.st_rdev, other.st_rdev) << name;
    EXPECT_EQ(one.st_mtim.tv_sec, other.st_mtim.tv_sec) << name;
    EXPECT_EQ(one.st_mtim.tv_nsec, other.st_mtim.tv_nsec) << name;
    if (S_ISREG(one.st_mode)) {
      EXPECT_EQ(read_file(from(name)).value(), read_file(to(name)).value()) << name;
    }
  }
  static void age(const std::string& path, std::int64_t seconds, long nanoseconds) {
    const timespec times[] = {{seconds, 0}, {seconds, nanoseconds}};
    EXPECT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW), 0);
  }
  void expect_outside_untouched() const {
    EXPECT_EQ(read_file(dir_ + "/outside/secret").value(), "untouched");
    EXPECT_EQ(std::distance(fs::directory_iterator(dir_ + "/outside"), {}), 1);
  }

  std::string dir_;
  mode_t old_mask_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Programs, Pick, ::testing::Values(WINNOW_PICK, WINNOW_PICK_CHECKED),
                         [](const auto& program) { return program.index == 0 ? "shipped" : "checked"; });

TEST_P(Pick, CopiesEveryKindOfEntryWithOwnerModeAndTime) {
  fs::create_directories(from("d/empty"));
  put("d/file", "content");
  put("suid", "s");
  fs::create_symlink("/nowhere", from("link"));
  ASSERT_EQ(::mkfifo(from("fifo").c_str(), 0620), 0);
  ASSERT_EQ(::mknod(from("char").c_str(), S_IFCHR | 0666, makedev(1, 3)), 0);
  ASSERT_EQ(::mknod(from("block").c_str(), S_IFBLK | 0640, makedev(7, 1)), 0);
  const std::vector<std::string> names = {"block", "char", "d", "d/empty", "d/file", "fifo", "link", "suid"};
  for (const auto& name : names) ASSERT_EQ(::lchown(from(name).c_str(), 1000, 2000), 0);
  ASSERT_EQ(::chmod(from("suid").c_str(), 06755), 0);
  ASSERT_EQ(::chmod(from("d/empty").c_str(), 03711), 0);
  ASSERT_EQ(::chmod(from("d/file").c_str(), 0), 0);
  ASSERT_EQ(::chmod(from("d").c_str(), 0500), 0);
  for (const auto& name : {"d/file", "d/empty", "d", "suid", "link", "fifo", "char", "block"})
    age(from(name), 1500000000, 123456789);
  expect_picked(names);
  for (const auto& name : names) expect_alike(name);
  EXPECT_EQ(fs::read_symlink(to("link")), "/nowhere");
}

TEST_P(Pick, GivesTheNewRootTheAttributesOfTheOldOne) {
  ASSERT_EQ(::chmod(from("").c_str(), 01711), 0);
  ASSERT_EQ(::chown(from("").c_str(), 3, 4), 0);
  put("file", "");
  age(from(""), 1400000000, 5);
  expect_picked({"file"});
  expect_alike("");
}

TEST_P(Pick, KeepsCapabilitiesAndOtherAttributesThatAChangeOfOwnerRemoves) {
  put("capable", "c");
  ASSERT_EQ(::chown(from("capable").c_str(), 5, 6), 0);
  ASSERT_EQ(::setxattr(from("capable").c_str(), "security.capability", kCapability.data(), kCapability.size(), 0), 0);
  const std::string note = "two\nlines\0and a NUL"s;
  ASSERT_EQ(::setxattr(from("capable").c_str(), "user.note", note.data(), note.size(), 0), 0);
  expect_picked({"capable"});
  char value[100];
  ASSERT_EQ(::getxattr(to("capable").c_str(), "security.capability", value, sizeof value), 20);
  EXPECT_EQ(std::string(value, 20), kCapability);
  ASSERT_EQ(::getxattr(to("capable").c_str(), "user.note", value, sizeof value), static_cast<ssize_t>(note.size()));
  EXPECT_EQ(std::string(value, note.size()), note);
}

TEST_P(Pick, KeepsNamesOfOneFileTogether) {
  fs::create_directories(from("a/b"));
  put("a/first", "shared");
  fs::create_hard_link(from("a/first"), from("a/b/second"));
  fs::create_hard_link(from("a/first"), from("not-listed"));
  fs::create_symlink("x", from("a/link"));
  ASSERT_EQ(::linkat(AT_FDCWD, from("a/link").c_str(), AT_FDCWD, from("a/other-link").c_str(), 0), 0);
  put("a/single", "shared");
  expect_picked({"a", "a/b", "a/b/second", "a/first", "a/link", "a/other-link", "a/single"});
  EXPECT_EQ(status_of(to("a/first")).st_ino, status_of(to("a/b/second")).st_ino);
  EXPECT_EQ(status_of(to("a/first")).st_nlink, 2u);
  EXPECT_EQ(status_of(to("a/link")).st_ino, status_of(to("a/other-link")).st_ino);
  EXPECT_EQ(status_of(to("a/single")).st_nlink, 1u);
  EXPECT_FALSE(fs::exists(to("not-listed")));
}

TEST_P(Pick, RemembersMoreLinkedFilesThanItsFirstTableHolds) {
  std::vector<std::string> names;
  for (int number = 0; number < 1500; ++number) {
    const std::string name = "f" + std::to_string(number);
    put(name, name);
    fs::create_hard_link(from(name), from(name + "-again"));
    names.push_back(name);
  }
  for (int number = 0; number < 1500; ++number) names.push_back("f" + std::to_string(number) + "-again");
  expect_picked(names);
  for (int number = 0; number < 1500; ++number) {
    const std::string name = "f" + std::to_string(number);
    ASSERT_EQ(status_of(to(name)).st_ino, status_of(to(name + "-again")).st_ino) << name;
  }
}

TEST_P(Pick, KeepsHoles) {
  put("sparse", "begin");
  const Fd fd = open_file(from("sparse"), O_WRONLY).value();
  ASSERT_EQ(::pwrite(fd.get(), "middle", 6, 20 << 20), 6);
  ASSERT_EQ(::ftruncate(fd.get(), 40 << 20), 0);
  put("hole", "");
  ASSERT_EQ(::truncate(from("hole").c_str(), 1 << 20), 0);
  expect_picked({"hole", "sparse"});
  expect_alike("sparse");
  expect_alike("hole");
  EXPECT_LT(status_of(to("sparse")).st_blocks, 2048);  // of 512 bytes: below 1 of 40 MiB
  EXPECT_LE(status_of(to("hole")).st_blocks, 8);
}

TEST_P(Pick, CopiesNamesOfAnyBytesAndLength) {
  const std::vector<std::string> names = {"new\nline", "q\"'\\$x", "\xff\xfe", " ", "-rf", std::string(255, 'n')};
  for (const auto& name : names) put(name, name);
  expect_picked(names);
  for (const auto& name : names) expect_alike(name);
}

TEST_P(Pick, CopiesPathsThatAreLongerThanThePathsOfOneCall) {
  std::vector<std::string> names;
  std::string path;
  Fd directory = open_file(from(""), O_RDONLY | O_DIRECTORY).value();
  const std::string component(200, 'p');
  for (int depth = 0; depth < 40; ++depth) {  // 8,040 bytes
    ASSERT_EQ(::mkdirat(directory.get(), component.c_str(), 0700 + depth % 8), 0);
    directory = Fd(::openat(directory.get(), component.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    path += path.empty() ? component : "/" + component;
    names.push_back(path);
  }
  expect_picked(names);
  Fd found = open_file(to(""), O_RDONLY | O_DIRECTORY).value();
  for (int depth = 0; depth < 40; ++depth) {
    struct stat status{};
    ASSERT_EQ(::fstatat(found.get(), component.c_str(), &status, AT_SYMLINK_NOFOLLOW), 0) << depth;
    EXPECT_EQ(status.st_mode & 07777, 0700u + static_cast<unsigned>(depth) % 8);
    found = Fd(::openat(found.get(), component.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  }
}

TEST_P(Pick, PutsSeveralTreesTogetherAndDatesTheirDirectoriesLast) {
  fs::create_directories(from("etc/d"));
  fs::create_directories(dir_ + "/other/etc/new");
  put("../other/etc/hosts", "hosts");
  put("../other/etc/new/file", "n");
  put("../other/etc/not-listed", "x");
  age(from("etc"), 1300000000, 7);
  age(dir_ + "/other/etc/new", 1300000001, 0);
  const Outcome outcome = run({dir_ + "/to", dir_ + "/from", list({"etc", "etc/d"}), dir_ + "/other",
                               list({"etc/hosts", "etc/new", "etc/new/file"}, "other.list")});
  ASSERT_EQ(outcome.status, 0) << outcome.said;
  expect_alike("etc");
  EXPECT_EQ(read_file(to("etc/hosts")).value(), "hosts");
  EXPECT_EQ(read_file(to("etc/new/file")).value(), "n");
  EXPECT_EQ(status_of(to("etc/new")).st_mtim.tv_sec, 1300000001);
  EXPECT_FALSE(fs::exists(to("etc/not-listed")));
}

TEST_P(Pick, GivesTheModesOfTheListInPlaceOfItsOwn) {
  fs::create_directory(from("d"));
  put("d/file", "x");
  put("7:odd", "y");
  const Outcome outcome = run({dir_ + "/to", dir_ + "/from", raw_list("./7:odd\0001751:./d\0004710:./d/file\0"s)});
  ASSERT_EQ(outcome.status, 0) << outcome.said;
  EXPECT_EQ(status_of(to("d")).st_mode & 07777, 01751u);
  EXPECT_EQ(status_of(to("d/file")).st_mode & 07777, 04710u);
  expect_alike("7:odd");
}

TEST_P(Pick, SkipsWhatBuildersMount) {
  for (const char* name : {"dev", "proc", "sys", "device"}) {
    fs::create_directory(from(name));
    put(name + "/x"s, "x");
  }
  expect_picked({"dev", "dev/x", "device", "device/x", "proc", "proc/x", "sys", "sys/x"});
  EXPECT_EQ(std::distance(fs::directory_iterator(to("")), {}), 1);
  expect_alike("device/x");
}

TEST_P(Pick, FollowsNoLinkOfTheTreeItReads) {
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

TEST_P(Pick, FollowsNoLinkOfOneTreeWhereAnotherHasADirectory) {
  fs::create_directory(from("d"));
  fs::create_directory(dir_ + "/other");
  fs::create_symlink(dir_ + "/outside", dir_ + "/other/d");
  const Outcome outcome =
      run({dir_ + "/to", dir_ + "/from", list({"d"}), dir_ + "/other", list({"d/secret"}, "other.list")});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_FALSE(fs::exists(to("d/secret")));
}

TEST_P(Pick, WritesThroughNoLinkThatItHasMade) {
  fs::create_symlink(dir_ + "/outside", from("d"));
  fs::create_directories(dir_ + "/other/d");
  put("../other/d/planted", "evil");
  const Outcome outcome =
      run({dir_ + "/to", dir_ + "/from", list({"d"}), dir_ + "/other", list({"d/planted"}, "other.list")});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.said.find("no directory on the way to ./d/planted"), std::string::npos) << outcome.said;
  expect_outside_untouched();
}

TEST_P(Pick, RefusesADestinationThatIsThere) {
  put("file", "x");
  fs::create_symlink("outside", dir_ + "/to");
  EXPECT_EQ(pick({"file"}).status, 1);
  expect_outside_untouched();
}

TEST_P(Pick, RefusesNamesThatAreNotBelowTheRoot) {
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

TEST_P(Pick, NamesWhatIsMissingOrTooMuchInATerminalsLetters) {
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

TEST_P(Pick, StaysInsideWhateverTheTreesAndListsAre) {
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

TEST(PickProgram, IsSmallAndNeedsNothingOfTheImage) {
  const std::string program = read_file(WINNOW_PICK).value();
  EXPECT_LT(program.size(), 800'000u);
  Elf64_Ehdr header{};
  ASSERT_GT(program.size(), sizeof header);
  std::copy_n(program.data(), sizeof header, reinterpret_cast<char*>(&header));
  for (int number = 0; number < header.e_phnum; ++number) {
    Elf64_Phdr segment{};
    const auto at = header.e_phoff + static_cast<std::size_t>(number) * sizeof segment;
    std::copy_n(program.data() + at, sizeof segment, reinterpret_cast<char*>(&segment));
    EXPECT_NE(segment.p_type, PT_INTERP);
  }
}

}  // namespace
}  // namespace winnow
