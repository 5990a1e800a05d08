// SPDX-License-Identifier: Apache-2.0
// Images on disk: everything an entry is, and nothing outside the directory.
#include "winnow/container/unpack.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <filesystem>

#include "container/unpack_tree.h"
#include "support/image_builder.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/base/path.h"

namespace winnow {
namespace {

namespace fs = std::filesystem;
using namespace test;  // NOLINT(google-build-using-namespace)
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class Unpack : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root: files get owners";
    fs::create_directory(at(""));
    fs::create_directory(outside(""));
  }
  [[nodiscard]] std::string at(std::string_view path) const { return dir_ / "tree" + std::string(path); }
  [[nodiscard]] std::string outside(std::string_view path) const { return dir_ / "outside" + std::string(path); }
  [[nodiscard]] struct stat status(std::string_view path) const {
    struct stat status{};
    EXPECT_EQ(::lstat(at(path).c_str(), &status), 0) << path;
    return status;
  }
  [[nodiscard]] std::string attribute(std::string_view path, const char* name) const {
    char value[256];
    const ssize_t size = ::lgetxattr(at(path).c_str(), name, value, sizeof value);
    return size < 0 ? "none" : std::string(value, static_cast<std::size_t>(size));
  }
  [[nodiscard]] Result<Unpacked> unpacked(const TarBuilder& tar, std::string_view from = "/") const {
    return unpack(ImageBuilder().layer(tar).open(), at(""), from);
  }
  TemporaryDirectory dir_;
};

TEST_F(Unpack, AFileHasItsContentOwnerModeTimeAndAttributes) {
  const std::string capability("\1\0\0\2\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);  // cap_chown... as setcap writes it
  const auto done =
      unpacked(TarBuilder()
                   .file("suid", "content",
                         {.mode = 06755, .uid = 12, .gid = 34, .mtime = 1'600'000'000, .mtime_ns = 250'000'000})
                   .file("capable", "c", {.mode = 0755, .uid = 1, .xattrs = {{"security.capability", capability}}})
                   .file("labelled", "", {.xattrs = {{"user.note", "two\nlines"}}}));
  ASSERT_TRUE(done) << done.error().what;
  EXPECT_EQ(done->entries, 4U);
  EXPECT_EQ(done->bytes, 8U);
  EXPECT_THAT(done->left_out, IsEmpty());
  EXPECT_EQ(read_file(at("/suid")).value_or("none"), "content");
  const auto suid = status("/suid");
  EXPECT_EQ(suid.st_mode, S_IFREG | 06755U);
  EXPECT_EQ(suid.st_uid, 12U);
  EXPECT_EQ(suid.st_gid, 34U);
  EXPECT_EQ(suid.st_mtim.tv_sec, 1'600'000'000);
  EXPECT_EQ(suid.st_mtim.tv_nsec, 250'000'000);
  EXPECT_EQ(attribute("/capable", "security.capability"), capability);
  EXPECT_EQ(attribute("/labelled", "user.note"), "two\nlines");
  EXPECT_EQ(status("/labelled").st_size, 0);
}

TEST_F(Unpack, DirectoriesKeepWhatTheirContentWouldChange) {
  const auto done = unpacked(TarBuilder()
                                 .directory("closed", {.mode = 02500, .uid = 7, .gid = 8, .mtime = 1000})
                                 .file("closed/file", "f")
                                 .directory("closed/none", {.mode = 0, .mtime = 2000})
                                 .file("closed/none/in", "i")
                                 .file("implied/deep/file", "d"));
  ASSERT_TRUE(done) << done.error().what;
  const auto closed = status("/closed");
  EXPECT_EQ(closed.st_mode, S_IFDIR | 02500U);
  EXPECT_EQ(closed.st_uid, 7U);
  EXPECT_EQ(closed.st_gid, 8U);
  EXPECT_EQ(closed.st_mtim.tv_sec, 1000);
  EXPECT_EQ(status("/closed/none").st_mode, S_IFDIR | 0U);
  EXPECT_EQ(status("/closed/none").st_mtim.tv_sec, 2000);
  EXPECT_EQ(status("/implied/deep").st_mode, S_IFDIR | 0755U);
}

TEST_F(Unpack, LinksAndNodesAreMadeAndNamesOfOneFileStayOne) {
  const auto done = unpacked(TarBuilder()
                                 .directory("z")
                                 .file("z/first", "shared", {.mode = 04755, .uid = 3})
                                 .hard_link("second", "z/first")
                                 .hard_link("a", "z/first")
                                 .symlink("link", "/z/../first", {.mode = 0777, .uid = 9, .mtime = 500})
                                 .device("null", false, 1, 3, {.mode = 0666})
                                 .device("disk", true, 7, 1, {.mode = 0660, .gid = 6})
                                 .fifo("fifo", {.mode = 0620}));
  ASSERT_TRUE(done) << done.error().what;
  EXPECT_EQ(done->bytes, 6U);
  for (const char* const name : {"/z/first", "/second", "/a"}) {
    EXPECT_EQ(status(name).st_ino, status("/a").st_ino);
    EXPECT_EQ(status(name).st_nlink, 3U);
    EXPECT_EQ(status(name).st_mode, S_IFREG | 04755U);
  }
  EXPECT_EQ(fs::read_symlink(at("/link")), "/z/../first");
  EXPECT_EQ(status("/link").st_uid, 9U);
  EXPECT_EQ(status("/link").st_mtim.tv_sec, 500);
  EXPECT_EQ(status("/fifo").st_mode, S_IFIFO | 0620U);
  if (done->left_out_count > 0) GTEST_SKIP() << "needs CAP_MKNOD: " << done->left_out.front();
  EXPECT_EQ(status("/null").st_mode, S_IFCHR | 0666U);
  EXPECT_EQ(status("/null").st_rdev, makedev(1, 3));
  EXPECT_EQ(status("/disk").st_mode, S_IFBLK | 0660U);
  EXPECT_EQ(status("/disk").st_rdev, makedev(7, 1));
}

TEST_F(Unpack, NothingIsWrittenThroughALinkOfTheImage) {
  const auto image = ImageBuilder()
                         .layer(TarBuilder().symlink("d", outside("")).symlink("up", "../outside"))
                         .layer(TarBuilder().file("d/planted", "evil").file("up/planted", "evil"))
                         .layer(TarBuilder().symlink("file", outside("/planted")))
                         .open();
  const auto done = unpack(image, at(""));
  ASSERT_TRUE(done) << done.error().what;
  EXPECT_TRUE(fs::is_empty(outside("")));
  EXPECT_EQ(read_file(at("/d/planted")).value_or("none"), "evil") << "a directory took the link's place";
  EXPECT_TRUE(fs::is_symlink(at("/file")));
}

TEST_F(Unpack, TheWayIntoTheTreeFollowsNoLinkAndLeavesByNone) {
  auto tree = UnpackTree::at(at(""));
  ASSERT_TRUE(tree);
  fs::create_directories(at("/real/deep"));
  fs::create_directory_symlink("real", at("/link"));
  fs::create_directory_symlink(outside(""), at("/out"));
  EXPECT_TRUE(tree->parent_of("/real/deep/x"));
  for (const char* const place : {"/link/x", "/link/deep/x", "/out/x", "/../x", "/real/../../x"})
    EXPECT_FALSE(tree->parent_of(place)) << place;
  EXPECT_TRUE(tree->open("/real"));
  EXPECT_FALSE(tree->open("/link"));
}

TEST_F(Unpack, OneDirectoryOfTheImageBecomesTheRootOfTheTree) {
  const auto image = ImageBuilder()
                         .layer(TarBuilder()
                                    .file("data-other", "no")
                                    .directory("data", {.mode = 0770, .uid = 5})
                                    .file("data/in", "yes")
                                    .directory("data/sub")
                                    .hard_link("data/sub/link", "data/in")
                                    .hard_link("a-name-outside", "data/in"))
                         .open();
  const auto done = unpack(image, at(""), "/data");
  ASSERT_TRUE(done) << done.error().what;
  std::vector<std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator(at("")))
    found.push_back(entry.path().string().substr(at("").size()));
  EXPECT_THAT(found, UnorderedElementsAre("/in", "/sub", "/sub/link"));
  EXPECT_EQ(read_file(at("/in")).value_or("none"), "yes");
  EXPECT_EQ(status("/in").st_nlink, 2U);
  EXPECT_EQ(status("").st_mode, S_IFDIR | 0770U);
  EXPECT_EQ(status("").st_uid, 5U);
  EXPECT_FALSE(unpack(image, at(""), "/data/in"));
  EXPECT_FALSE(unpack(image, at(""), "/none"));
}

TEST_F(Unpack, HolesTakeNoRoomAndZerosAreThere) {
  const std::string zeros(3'000'000, '\0');
  const auto done =
      unpacked(TarBuilder().sparse("sparse", "begin", 50'000'000).file("zeros", zeros + "end").file("all", zeros));
  ASSERT_TRUE(done) << done.error().what;
  EXPECT_EQ(status("/sparse").st_size, 50'000'000);
  EXPECT_LT(status("/sparse").st_blocks * 512, 1'000'000);
  EXPECT_EQ(read_file(at("/zeros")).value_or("none"), zeros + "end");
  EXPECT_EQ(read_file(at("/all")).value_or("none"), zeros);
}

TEST_F(Unpack, WhatOverlaysKeepForThemselvesIsLeftOutAndTold) {
  const auto done = unpacked(TarBuilder().file(
      "x\x1b", "",
      {.xattrs = {{"trusted.overlay.redirect", "/etc"}, {"trusted.other", "kept"}, {"user.kept", "kept"}}}));
  ASSERT_TRUE(done) << done.error().what;
  EXPECT_EQ(attribute("/x\x1b", "trusted.overlay.redirect"), "none");
  EXPECT_EQ(attribute("/x\x1b", "trusted.other"), "kept");
  EXPECT_EQ(attribute("/x\x1b", "user.kept"), "kept");
  EXPECT_EQ(done->left_out_count, 1U);
  EXPECT_THAT(done->left_out, ElementsAre(HasSubstr("/x\\x1b: trusted.overlay.redirect")));
}

TEST_F(Unpack, AnInterruptEndsIt) {
  const auto image = ImageBuilder().layer(TarBuilder().directory("d").file("d/file", "f")).open();
  std::atomic<bool> interrupted = true;
  const auto done = unpack(image, at(""), "/", &interrupted);
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().what, HasSubstr("interrupted"));
  EXPECT_FALSE(fs::exists(at("/d/file")));
  fs::remove_all(at("/d"));
  interrupted = false;
  EXPECT_TRUE(unpack(image, at(""), "/", &interrupted));
}

TEST_F(Unpack, ADirectoryThatHoldsSomethingIsRefused) {
  (void)dir_.write("tree/there", "x");
  const auto done = unpacked(TarBuilder().file("file", "f"));
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().what, HasSubstr("not empty"));
  EXPECT_FALSE(fs::exists(at("/file")));
  EXPECT_FALSE(unpack(ImageBuilder().layer(TarBuilder().file("file", "f")).open(), at("/none")));
}

TEST_F(Unpack, NamesOfAnyBytesAndTheLongestPathsAreMade) {
  std::string deep;
  while (deep.size() + 101 < 4000) deep += std::string(100, 'p') + "/";
  const auto done = unpacked(TarBuilder()
                                 .file("new\nline", "1")
                                 .file("inv\xff\xfe", "2")
                                 .file(std::string(255, 'n'), "3")
                                 .file(deep + "f", "4"));
  ASSERT_TRUE(done) << done.error().what;
  EXPECT_EQ(read_file(at("/new\nline")).value_or("none"), "1");
  EXPECT_EQ(read_file(at("/inv\xff\xfe")).value_or("none"), "2");
  EXPECT_EQ(read_file(at("/" + std::string(255, 'n'))).value_or("none"), "3");
  std::size_t depth = 0;
  for (const auto& entry : fs::recursive_directory_iterator(at(""))) depth += entry.is_directory() ? 1 : 0;
  EXPECT_EQ(depth, deep.size() / 101);
}

}  // namespace
}  // namespace winnow
