// SPDX-License-Identifier: Apache-2.0
// What pick copies, and how it looks afterwards.
#include "picking.h"
#include "winnow/base/file.h"

namespace winnow {
namespace {

namespace fs = std::filesystem;
using namespace std::string_literals;
using namespace test;  // NOLINT(google-build-using-namespace)

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
    ASSERT_EQ(::mkdirat(directory.get(), component.c_str(), 0700 + static_cast<mode_t>(depth % 8)), 0);
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
