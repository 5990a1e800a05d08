// SPDX-License-Identifier: Apache-2.0
// Digests and files.
#include "winnow/base/file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "winnow/base/digest.h"

namespace winnow {
namespace {

class Files : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = "/tmp/winnow-test.XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    directory_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }
  std::size_t count() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(directory_), {}));
  }
  std::string directory_;
};

TEST(Digests, HashesTheKnownVector) {  // FIPS 180-2, appendix B.1
  EXPECT_EQ(Digest::of("abc").str(), "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Digests, ReadsBackWhatItPrints) {
  const Digest digest = Digest::of("x");
  EXPECT_EQ(Digest::parse(digest.str()), digest);
}

TEST(Digests, RefusesOtherAlgorithmsLengthsAndUpperCase) {
  const std::string hex = Digest::of("x").hex();
  EXPECT_TRUE(Digest::parse("sha256:" + hex));
  EXPECT_FALSE(Digest::parse("sha512:" + hex));
  EXPECT_FALSE(Digest::parse("sha256:" + hex.substr(1)));
  EXPECT_FALSE(Digest::parse("sha256:" + std::string(64, 'A')));
}

TEST_F(Files, WritesWholeFilesAndLeavesNothingElse) {
  ASSERT_TRUE(write_file_atomically(directory_ + "/a", "one"));
  ASSERT_TRUE(write_file_atomically(directory_ + "/a", "two"));
  EXPECT_EQ(read_file(directory_ + "/a"), "two");
  EXPECT_EQ(count(), 1u);
}

TEST_F(Files, LeavesNoTemporaryBehindWhenRenamingFails) {
  std::filesystem::create_directories(directory_ + "/a/b");  // a directory is in the way
  EXPECT_FALSE(write_file_atomically(directory_ + "/a", "one"));
  EXPECT_EQ(count(), 1u);
}

TEST_F(Files, SaysWhichFileCouldNotBeOpened) {
  const auto text = read_file(directory_ + "/none");
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().what, "opening " + directory_ + "/none: No such file or directory");
}

TEST_F(Files, MakesADirectoryOnceAndRefusesAFileInItsPlace) {
  EXPECT_TRUE(make_directory(directory_ + "/d"));
  EXPECT_TRUE(make_directory(directory_ + "/d"));
  ASSERT_TRUE(write_file_atomically(directory_ + "/f", "x"));
  EXPECT_FALSE(make_directory(directory_ + "/f"));
}

TEST_F(Files, RefusesAFileBeyondTheLimit) {
  ASSERT_TRUE(write_file_atomically(directory_ + "/a", "12345"));
  EXPECT_TRUE(read_file(directory_ + "/a", 5));
  EXPECT_FALSE(read_file(directory_ + "/a", 4));
}

TEST_F(Files, ATemporaryHasNoName) {
  ::setenv("TMPDIR", directory_.c_str(), 1);
  const auto fd = open_temporary();
  ::unsetenv("TMPDIR");
  ASSERT_TRUE(fd) << fd.error().what;
  EXPECT_TRUE(write_all(fd->get(), "x"));
  EXPECT_EQ(count(), 0u);
}

}  // namespace
}  // namespace winnow
