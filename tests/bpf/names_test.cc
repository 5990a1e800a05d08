// SPDX-License-Identifier: Apache-2.0
// Names as hostile as a file system allows.
#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "workload.h"

namespace winnow::test {
namespace {

using Names = BpfTest;

TEST_F(Names, AnyByteButNulSurvives) {
  Lines expected;
  for (const std::string name : {"new\nline", "tab\there", "quo\"te", "apostrophe'", "back\\slash", "$dollar",
                                 "\x1b[31m", "\xff\xfe", "caf\xc3\xa9", " ", "a.json", "a"}) {
    (void)tree.file(name);
    expected.push_back("open ./" + name + " -> ./" + name);
  }
  std::ranges::sort(expected);
  EXPECT_EQ(recorded([&] {
              for (const std::string& line : expected)
                ::open(tree.at(line.substr(7, line.find(" -> ") - 7)).c_str(), O_RDONLY);
            }),
            expected);
}

TEST_F(Names, TheLongestComponentsAndPathsAreWhole) {
  const std::string component(255, 'c');
  std::string path = tree.root();
  while (path.size() + 256 < 4095) path.append("/").append(component);
  path.append("/").append(4095 - path.size(), 'f');
  ASSERT_EQ(path.size(), 4095U);
  ASSERT_EQ(group->run([&] {  // made step by step, since a path is limited and a walk is not
    if (::chdir(tree.root().c_str()) != 0) ::_exit(1);
    for (std::size_t at = tree.root().size(); at + 256 < 4095; at += 256)
      if (::mkdir(component.c_str(), 0755) != 0 || ::chdir(component.c_str()) != 0) ::_exit(2);
    if (::open(path.c_str(), O_CREAT | O_RDWR, 0600) < 0) ::_exit(3);
  }),
            0);
  const AccessProfile seen = profile();
  EXPECT_TRUE(seen.accesses.contains({path, path}));
  EXPECT_TRUE(seen.partial_reasons().empty());
}

TEST_F(Names, AWayOfMoreComponentsThanTheKernelProgramWalksIsALoss) {
  constexpr int kDepth = 900;  // more than WN_DEPTH_MAX
  ASSERT_EQ(group->run([&] {
    if (::chdir(tree.root().c_str()) != 0) ::_exit(1);
    for (int i = 0; i < kDepth; ++i)
      if (::mkdir("d", 0755) != 0 || ::chdir("d") != 0) ::_exit(2);
    if (::open("file", O_CREAT | O_RDWR, 0600) < 0) ::_exit(3);
  }),
            0);
  const AccessProfile seen = profile();
  EXPECT_GT(seen.runs.at(0).lost.truncated, 0U);
  EXPECT_FALSE(seen.partial_reasons().empty());
  for (const auto& [key, access] : seen.accesses)
    EXPECT_TRUE(access.unresolved ? !access.path.starts_with("/")
                                  : access.path == "/" || access.path.starts_with(tree.root()))
        << "a path without its upper half: " << access.path;
  ASSERT_TRUE(seen.accesses.contains({"file", ""})) << "a name without its directory is kept, and marked";
  EXPECT_TRUE(seen.accesses.at({"file", ""}).unresolved);
}

// Around the bytes that an event has room for, each size is met once: what is found fits, or it is a loss that is told.
TEST_F(Names, AnEventOfAnySizeIsThereOrALoss) {
  constexpr int kNames = 500;
  const std::string component(255, 'c');
  for (const char* name : {"whole", "view"}) (void)tree.directory(name);
  const auto name = [](int size) { return fmt::format("s{:03}", size); };
  const int status = group->run([&] {
    // The mount shows a part of its file system: the name of that part comes last in an event, and is long.
    if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) ::_exit(1);
    if (::mount("tmpfs", tree.at("whole").c_str(), "tmpfs", 0, nullptr) != 0) ::_exit(2);
    const std::string part = tree.at("whole/" + component);
    if (::mkdir(part.c_str(), 0755) != 0) ::_exit(3);
    if (::mount(part.c_str(), tree.at("view").c_str(), nullptr, MS_BIND, nullptr) != 0) ::_exit(4);
    if (::chdir(tree.at("view").c_str()) != 0) ::_exit(5);
    // The directory stands in an event twice, as what the name is relative to and above the file.
    for (int depth = 0; depth < 30; ++depth)
      if (::mkdir(component.c_str(), 0755) != 0 || ::chdir(component.c_str()) != 0) ::_exit(6);
    for (int size = 0; size < kNames; ++size) {
      const std::string directory(1 + static_cast<std::size_t>(size) / 2, 'd');
      const std::string file(static_cast<std::size_t>(size) % 2 + 1, 'f');
      if (size % 2 == 0 && ::mkdir(directory.c_str(), 0755) != 0) ::_exit(7);
      if (::chdir(directory.c_str()) != 0) ::_exit(8);
      const int made = ::open(file.c_str(), O_CREAT | O_WRONLY, 0600);
      if (made < 0 || ::symlink(file.c_str(), name(size).c_str()) != 0) ::_exit(9);
      ::close(made);
      const int found = ::open(name(size).c_str(), O_RDONLY);
      if (found < 0 || ::close(found) != 0 || ::chdir("..") != 0) ::_exit(10);
    }
  });
  ASSERT_EQ(status, 0);
  const AccessProfile seen = profile();
  int whole = 0;
  for (int size = 0; size < kNames; ++size) {
    const auto at = std::ranges::find_if(seen.accesses, [&](const auto& one) {
      if (!one.second.kinds.has(Kind::kOpen)) return false;
      return one.second.path.ends_with("/" + name(size)) || one.second.path == name(size);
    });
    ASSERT_NE(at, seen.accesses.end()) << "the size of name " << size;
    whole += at->second.resolved.empty() ? 0 : 1;
  }
  EXPECT_GT(whole, 0);
  EXPECT_LT(whole, kNames) << "none was too long: this test has to go deeper";
  EXPECT_GE(seen.runs.at(0).lost.truncated, static_cast<std::uint64_t>(kNames - whole));
}

TEST_F(Names, ANameInAColdPageIsNotEmpty) {
  const std::string target = tree.file("target");
  std::string page(4096, '\0');
  std::ranges::copy(target, page.begin());
  const std::string names = tree.file("names", page);
  const Lines lines = recorded([&] {
    const int fd = ::open(names.c_str(), O_RDONLY);
    ::posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    const auto* name = static_cast<const char*>(::mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE, fd, 0));
    if (::open(name, O_RDONLY) < 0) ::_exit(1);
  });
  EXPECT_EQ(lines, (Lines{"open ./names -> ./names", "open ./target -> ./target"}));
}

TEST_F(Names, TheNameAsAskedAndTheFileBehindTheLinksAreBothKept) {
  (void)tree.directory("usr/bin");
  (void)tree.file("usr/bin/real");
  (void)tree.link("usr/bin/alias", "real");
  (void)tree.link("bin", "usr/bin");
  (void)tree.link("entry", tree.at("bin/alias"));
  const Lines lines = recorded([this] {
    ::open(tree.at("entry").c_str(), O_RDONLY);
    ::open(tree.at("bin/../bin//alias").c_str(), O_RDONLY);
  });
  EXPECT_EQ(lines, (Lines{"open ./bin/../bin//alias -> ./usr/bin/real", "open ./entry -> ./usr/bin/real"}));
}

TEST_F(Names, ASecondHardLinkIsRecordedUnderItsOwnName) {
  (void)tree.file("one");
  ASSERT_EQ(::link(tree.at("one").c_str(), tree.at("two").c_str()), 0);
  const Lines lines = recorded([this] { ::open(tree.at("two").c_str(), O_RDONLY); });
  EXPECT_EQ(lines, (Lines{"open ./two -> ./two"}));
}

TEST_F(Names, ANameThatBeginsLikeAnotherHidesNothing) {
  for (const char* name : {"data", "data.json", "data.jso", "data2"}) (void)tree.file(name);
  const Lines lines = recorded([this] {
    for (const char* name : {"data.json", "data", "data.js", "data2"}) ::access(tree.at(name).c_str(), F_OK);
  });
  EXPECT_EQ(lines, (Lines{"miss ./data.js", "stat ./data", "stat ./data.json", "stat ./data2"}));
}

TEST_F(Names, AFileThatWasRenamedSinceKeepsItsName) {
  (void)tree.file("file");
  const Lines lines = recorded([this] {
    const int fd = ::open(tree.at("file").c_str(), O_RDONLY);
    ::rename(tree.at("file").c_str(), tree.at("moved").c_str());
    ::openat(AT_FDCWD, tree.at("file").c_str(), O_RDONLY);  // a miss by now
    ::close(fd);
  });
  EXPECT_EQ(lines, (Lines{"dir ./moved", "dir,miss ./file", "open ./file -> ./file"}));
}

TEST_F(Names, AFileOfAnOverlayIsOneAccessAndNotOneOfItsLayers) {
  for (const char* name : {"low/dir", "up", "work", "whole"}) (void)tree.directory(name);
  (void)tree.file("low/dir/file");
  (void)tree.file("low/changed");
  const int status = group->run([this] {
    const std::string layers = fmt::format("lowerdir={0}/low,upperdir={0}/up,workdir={0}/work", tree.root());
    if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) ::_exit(1);
    if (::mount("overlay", tree.at("whole").c_str(), "overlay", 0, layers.c_str()) != 0) ::_exit(errno);
    ::open(tree.at("whole/dir/file").c_str(), O_RDONLY);
    ::open(tree.at("whole/changed").c_str(), O_WRONLY);  // copies it up
  });
  if (status == ENODEV) GTEST_SKIP() << "needs overlayfs";
  ASSERT_EQ(status, 0);
  Lines lines = lines_of(profile(), tree.root());
  std::erase_if(lines, [](const std::string& line) { return line.starts_with("stat"); });  // what mount(2) looks up
  EXPECT_EQ(lines, (Lines{"open ./whole/changed -> ./whole/changed", "open ./whole/dir/file -> ./whole/dir/file"}));
}

TEST_F(Names, AFileThatWasDeletedSinceKeepsItsName) {
  (void)tree.file("file");
  const Lines lines = recorded([this] {
    const int fd = ::open(tree.at("file").c_str(), O_RDONLY);
    ::unlink(tree.at("file").c_str());
    ::open(("/proc/self/fd/" + std::to_string(fd)).c_str(), O_RDONLY);
  });
  EXPECT_EQ(lines, (Lines{"dir ./file", "open ./file -> ./file", lines.back()}));
  EXPECT_TRUE(lines.back().starts_with("open /proc/self/fd/") && lines.back().ends_with(" -> ./file")) << lines.back();
}

}  // namespace
}  // namespace winnow::test
