// SPDX-License-Identifier: Apache-2.0
// Trees that the program pick is run on: the one that goes into build contexts, and the same with sanitizers.
#pragma once

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

#include "winnow/base/file.h"

namespace winnow::test {

namespace fs = std::filesystem;
using namespace std::string_literals;

// cap_net_bind_service+ep, as the kernel stores it (struct vfs_cap_data, revision 2).
inline const std::string kCapability =
    "\x01\x00\x00\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"s;

inline void write(const std::string& path, std::string_view content) {
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

}  // namespace winnow::test
