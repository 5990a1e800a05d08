// SPDX-License-Identifier: Apache-2.0
// Each family of system calls, against what a child really did. The recorded set has to equal the truth: no more, no
// less.
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <utime.h>

#include <cstring>

#include "workload.h"

namespace winnow::test {
namespace {

using Calls = BpfTest;

int open_with(int directory, const char* name, std::uint64_t flags, std::uint64_t resolve = 0) {
  struct open_how how{flags, 0, resolve};
  return static_cast<int>(::syscall(SYS_openat2, directory, name, &how, sizeof(how)));
}

TEST_F(Calls, EveryKindOfOpenIsRecordedWithWhatItOpened) {
  for (const char* name : {"open", "openat", "openat2", "path"}) (void)tree.file(name);
  const Lines lines = recorded([this] {
#ifdef SYS_open
    ::syscall(SYS_open, tree.at("open").c_str(), O_RDONLY);
    ::syscall(SYS_creat, tree.at("creat").c_str(), 0600);
#else
    ::openat(AT_FDCWD, tree.at("open").c_str(), O_RDONLY);
    ::openat(AT_FDCWD, tree.at("creat").c_str(), O_CREAT | O_WRONLY, 0600);
#endif
    ::openat(AT_FDCWD, tree.at("openat").c_str(), O_RDWR);
    open_with(AT_FDCWD, tree.at("openat2").c_str(), O_RDONLY);
    ::open(tree.at("path").c_str(), O_PATH);
  });
  EXPECT_EQ(lines, (Lines{"open ./creat -> ./creat", "open ./open -> ./open", "open ./openat -> ./openat",
                          "open ./openat2 -> ./openat2", "open ./path -> ./path"}));
}

TEST_F(Calls, AnOpenByHandleIsRecordedUnderTheFilesPath) {
  (void)tree.file("file");
  const Lines lines = recorded([this] {
    alignas(file_handle) char bytes[sizeof(file_handle) + 128] = {};
    auto* handle = reinterpret_cast<file_handle*>(bytes);
    handle->handle_bytes = 128;
    int mount = 0;
    if (::name_to_handle_at(AT_FDCWD, tree.at("file").c_str(), handle, &mount, 0) != 0) ::_exit(1);
    const int directory = ::open(tree.root().c_str(), O_RDONLY);
    if (::open_by_handle_at(directory, handle, O_RDONLY) < 0) ::_exit(2);
  });
  EXPECT_EQ(lines, (Lines{"lstat ./file", "open . -> .", "open ./file -> ./file"}));
}

TEST_F(Calls, ARelativeNameBelongsToItsDirectory) {
  (void)tree.directory("a/b");
  (void)tree.directory("c");
  for (const char* name : {"a/b/one", "a/two", "c/three", "c/four"}) (void)tree.file(name);
  const Lines lines = recorded([this] {
    const int directory = ::open(tree.at("a").c_str(), O_RDONLY | O_DIRECTORY);
    ::openat(directory, "b/one", O_RDONLY);
    ::openat(directory, "../c/three", O_RDONLY);
    if (::fchdir(directory) != 0) ::_exit(1);
    ::open("two", O_RDONLY);
    if (::chdir("../c") != 0) ::_exit(2);
    ::open("four", O_RDONLY);
  });
  // When the call returns, the directory that the name of chdir started from is gone; below the calls it is not yet.
  const bool below = recorder->backend() == Backend::kFentry;
  EXPECT_EQ(lines, (Lines{below ? "dir ./a/../c -> ./c" : "dir ./c -> ./c", "open ./a/../c/three -> ./c/three",
                          "open ./a/b/one -> ./a/b/one", "open ./a/two -> ./a/two", "open ./c/four -> ./c/four",
                          "open,dir ./a -> ./a"}));
}

TEST_F(Calls, ARenamedWorkingDirectoryGivesThePathThatHoldsNow) {
  (void)tree.directory("old");
  (void)tree.file("old/file");
  const Lines lines = recorded([this] {
    if (::chdir(tree.at("old").c_str()) != 0) ::_exit(1);
    ::rename(tree.at("old").c_str(), tree.at("new").c_str());
    ::open("file", O_RDONLY);
  });
  EXPECT_EQ(lines, (Lines{"dir ./new", "dir ./old", "dir ./old -> ./old", "open ./new/file -> ./new/file"}));
}

TEST_F(Calls, InsideAChrootPathsAreThoseOfTheWholeTree) {
  (void)tree.directory("jail/etc");
  (void)tree.file("jail/etc/conf");
  const Lines lines = recorded([this] {
    if (::chroot(tree.at("jail").c_str()) != 0) ::_exit(1);
    ::open("/etc/conf", O_RDONLY);
    ::access("/etc/none", F_OK);
  });
  EXPECT_EQ(lines, (Lines{"dir ./jail -> ./jail", "miss ./jail/etc/none", "open ./jail/etc/conf -> ./jail/etc/conf"}));
}

TEST_F(Calls, InRootOpensStartAtTheirDirectoryEvenWhenAbsolute) {
  (void)tree.directory("jail");
  (void)tree.file("jail/conf");
  const Lines lines = recorded([this] {
    const int jail = ::open(tree.at("jail").c_str(), O_PATH);
    open_with(jail, "/conf", O_RDONLY, RESOLVE_IN_ROOT);
  });
  EXPECT_EQ(lines, (Lines{"open ./jail -> ./jail", "open ./jail/conf -> ./jail/conf"}));
}

TEST_F(Calls, TheStatFamilyTellsWhetherTheLinkWasFollowed) {
  (void)tree.file("f");
  for (const char* name : {"1", "2", "3", "4", "5", "6", "7"}) (void)tree.link(name, "f");
  const Lines lines = recorded([this] {
    struct stat st{};
    struct statx stx{};
    struct statfs sfs{};
    ::fstatat(AT_FDCWD, tree.at("1").c_str(), &st, 0);
    ::fstatat(AT_FDCWD, tree.at("2").c_str(), &st, AT_SYMLINK_NOFOLLOW);
    ::statx(AT_FDCWD, tree.at("3").c_str(), 0, STATX_MODE, &stx);
    ::statx(AT_FDCWD, tree.at("4").c_str(), AT_SYMLINK_NOFOLLOW, STATX_MODE, &stx);
    ::statfs(tree.at("5").c_str(), &sfs);
#ifdef SYS_stat
    ::syscall(SYS_stat, tree.at("6").c_str(), &st);
    ::syscall(SYS_lstat, tree.at("7").c_str(), &st);
#else
    ::fstatat(AT_FDCWD, tree.at("6").c_str(), &st, 0);
    ::fstatat(AT_FDCWD, tree.at("7").c_str(), &st, AT_SYMLINK_NOFOLLOW);
#endif
  });
  EXPECT_EQ(lines, (Lines{"lstat ./2", "lstat ./4", "lstat ./7", "stat ./1", "stat ./3", "stat ./5", "stat ./6"}));
}

TEST_F(Calls, AccessAndAttributeCallsCountAsStat) {
  for (const char* name :
       {"access", "faccessat", "faccessat2", "xattr", "lxattr", "inotify", "chmod", "chown", "utime", "cut"})
    (void)tree.file(name);
  const Lines lines = recorded([this] {
    char value[64];
    const timespec times[2] = {};
    ::access(tree.at("access").c_str(), R_OK);
    ::syscall(SYS_faccessat, AT_FDCWD, tree.at("faccessat").c_str(), R_OK);
    ::syscall(SYS_faccessat2, AT_FDCWD, tree.at("faccessat2").c_str(), R_OK, AT_EACCESS);
    ::getxattr(tree.at("xattr").c_str(), "user.none", value, sizeof(value));
    ::llistxattr(tree.at("lxattr").c_str(), value, sizeof(value));
    ::inotify_add_watch(::inotify_init(), tree.at("inotify").c_str(), IN_OPEN);
    ::chmod(tree.at("chmod").c_str(), 0600);
    if (::chown(tree.at("chown").c_str(), 0, 0) != 0) ::_exit(2);
    ::utimensat(AT_FDCWD, tree.at("utime").c_str(), times, 0);
    if (::truncate(tree.at("cut").c_str(), 0) != 0) ::_exit(1);
  });
  EXPECT_EQ(lines, (Lines{"lstat ./lxattr", "stat ./access", "stat ./chmod", "stat ./chown", "stat ./cut",
                          "stat ./faccessat", "stat ./faccessat2", "stat ./inotify", "stat ./utime", "stat ./xattr"}));
}

TEST_F(Calls, ReadlinkOfAFileProvesThatItIsThere) {
  (void)tree.file("file");
  (void)tree.link("link", "file");
  const Lines lines = recorded([this] {
    char value[64];
    if (::readlink(tree.at("link").c_str(), value, sizeof(value)) != 4) ::_exit(1);
    if (::readlinkat(AT_FDCWD, tree.at("file").c_str(), value, sizeof(value)) >= 0) ::_exit(2);
  });
  EXPECT_EQ(lines, (Lines{"lstat ./file", "readlink ./link"}));
}

TEST_F(Calls, DirectoriesThatAreChangedOrListedAreRecorded) {
  (void)tree.directory("list");
  (void)tree.directory("gone");
  for (const char* name : {"unlink", "from", "source", "list/entry"}) (void)tree.file(name);
  const Lines lines = recorded([this] {
    char entries[4096];
    const int list = ::open(tree.at("list").c_str(), O_RDONLY | O_DIRECTORY);
    while (::syscall(SYS_getdents64, list, entries, sizeof(entries)) > 0) continue;
    ::mkdir(tree.at("made").c_str(), 0755);
    ::mkdir(tree.at("list").c_str(), 0755);  // EEXIST
    ::rmdir(tree.at("gone").c_str());
    ::unlink(tree.at("unlink").c_str());
    ::rename(tree.at("from").c_str(), tree.at("to").c_str());
    if (::link(tree.at("source").c_str(), tree.at("copy").c_str()) != 0) ::_exit(1);
    if (::symlink("anything", tree.at("symlink").c_str()) != 0) ::_exit(2);
    ::mknod(tree.at("fifo").c_str(), S_IFIFO | 0600, 0);
  });
  EXPECT_EQ(lines,
            (Lines{"dir ./copy", "dir ./fifo", "dir ./from", "dir ./gone", "dir ./list", "dir ./made", "dir ./symlink",
                   "dir ./to", "dir ./unlink", "lstat ./source", "open,list ./list -> ./list"}));
}

TEST_F(Calls, ADirectoryWithSomethingInItIsToldFromOneThatWasRemoved) {
  for (const char* name : {"full/x", "at/x", "onto/x", "there/x", "parents/x"}) {
    (void)tree.directory(std::string(name, std::strlen(name) - 2));
    (void)tree.file(name);
  }
  for (const char* name : {"empty", "from", "parents/one"}) (void)tree.directory(name);
  const Lines lines = recorded([this] {
    if (::rmdir(tree.at("full").c_str()) == 0) ::_exit(1);
    if (::unlinkat(AT_FDCWD, tree.at("at").c_str(), AT_REMOVEDIR) == 0) ::_exit(2);
    if (::rmdir(tree.at("empty").c_str()) != 0) ::_exit(3);
    if (::rename(tree.at("from").c_str(), tree.at("onto").c_str()) == 0) ::_exit(4);
    if (::renameat2(AT_FDCWD, tree.at("from").c_str(), AT_FDCWD, tree.at("there").c_str(), RENAME_NOREPLACE) == 0)
      ::_exit(5);
    if (::rmdir(tree.at("parents/one").c_str()) != 0 || ::rmdir(tree.at("parents").c_str()) == 0) ::_exit(6);
  });
  EXPECT_EQ(lines, (Lines{"dir ./empty", "dir ./from", "dir ./parents/one", "dir ./there", "not-empty ./at",
                          "not-empty ./full", "not-empty ./onto", "not-empty ./parents"}));
}

TEST_F(Calls, ALookupThatWentThroughTooManyLinksIsRecorded) {
  (void)tree.link("self", "self");
  (void)tree.link("a", "b");
  (void)tree.link("b", "a");
  for (int i = 0; i < 45; ++i) (void)tree.link("chain" + std::to_string(i), "chain" + std::to_string(i + 1));
  (void)tree.file("chain45");
  const Lines lines = recorded([this] {
    char value[64];
    struct stat st{};
    if (::open(tree.at("self").c_str(), O_RDONLY) >= 0 || errno != ELOOP) ::_exit(1);
    if (::lstat(tree.at("a/below").c_str(), &st) == 0 || errno != ELOOP) ::_exit(2);
    if (::access(tree.at("chain0").c_str(), F_OK) == 0 || errno != ELOOP) ::_exit(3);
    if (::readlink(tree.at("b/below").c_str(), value, sizeof(value)) >= 0 || errno != ELOOP) ::_exit(4);
    if (::mkdir(tree.at("self/new").c_str(), 0755) == 0 || errno != ELOOP) ::_exit(5);
    if (::access(tree.at("chain20").c_str(), F_OK) != 0) ::_exit(6);
  });
  EXPECT_EQ(lines, (Lines{"dir ./self/new", "lstat ./a/below", "lstat ./b/below", "stat ./chain0", "stat ./chain20",
                          "stat ./self"}));
}

TEST_F(Calls, ABoundSocketIsRecordedUnlessItIsAbstract) {
  const Lines lines = recorded([this] {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = tree.at("sock");
    std::memcpy(address.sun_path, path.data(), path.size());
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());  // without the NUL
    if (::bind(::socket(AF_UNIX, SOCK_STREAM, 0), reinterpret_cast<sockaddr*>(&address), length) != 0) ::_exit(1);
    address.sun_path[0] = '\0';
    if (::bind(::socket(AF_UNIX, SOCK_STREAM, 0), reinterpret_cast<sockaddr*>(&address), length) != 0) ::_exit(2);
  });
  EXPECT_EQ(lines, (Lines{"dir ./sock"}));
}

TEST_F(Calls, AFailedLookupIsAMissAndOtherErrorsSayThatTheFileIsThere) {
  (void)tree.file("file");
  (void)tree.directory("directory");
  (void)tree.link("link", "file");
  (void)tree.file("closed", "x", 0000);
  ::mkfifo(tree.at("fifo").c_str(), 0600);
  const Lines lines = recorded([this] {
    ::open(tree.at("none").c_str(), O_RDONLY);               // ENOENT
    ::access(tree.at("file/below").c_str(), F_OK);           // ENOTDIR
    ::open(tree.at("directory").c_str(), O_WRONLY);          // EISDIR
    ::open(tree.at("link").c_str(), O_RDONLY | O_NOFOLLOW);  // ELOOP
    ::open(tree.at("fifo").c_str(), O_WRONLY | O_NONBLOCK);  // ENXIO
    char* const none[] = {nullptr};
    ::execve(tree.at("nothing").c_str(), none, none);  // ENOENT
    ::execve(tree.at("file").c_str(), none, none);     // EACCES: not executable
    if (::setresuid(65534, 65534, 65534) != 0) ::_exit(1);
    ::open(tree.at("closed").c_str(), O_RDONLY);              // EACCES
    ::open(tree.at("file").c_str(), O_RDONLY | O_DIRECTORY);  // ENOTDIR
  });
  EXPECT_EQ(lines, (Lines{"lstat ./link", "miss ./file/below", "miss ./none", "miss ./nothing", "stat ./closed",
                          "stat ./directory", "stat ./fifo", "stat,miss ./file"}));
}

TEST_F(Calls, EmptyNamesAndDescriptorsSayNothingNew) {
  (void)tree.file("file");
  const Lines lines = recorded([this] {
    struct stat st{};
    const int fd = ::open(tree.at("file").c_str(), O_RDONLY);
    ::fstat(fd, &st);
    ::fstatat(fd, "", &st, AT_EMPTY_PATH);
    ::open("", O_RDONLY);
    ::futimens(fd, nullptr);
  });
  EXPECT_EQ(lines, (Lines{"open ./file -> ./file"}));
  EXPECT_EQ(profile().accesses.size(), 1U);
}

TEST_F(Calls, AFileOnAnotherMountIsMarked) {
  (void)tree.file("file");
  ASSERT_EQ(group->run([this] {
    ::open("/proc/self/status", O_RDONLY);
    ::open(tree.at("file").c_str(), O_RDONLY);
  }),
            0);
  struct stat here{};
  struct stat root{};
  ASSERT_EQ(::stat(tree.root().c_str(), &here) | ::stat("/", &root), 0);
  for (const auto& [key, access] : profile().accesses)
    EXPECT_EQ(access.other_mount, access.path.starts_with("/proc/") || here.st_dev != root.st_dev) << access.path;
  EXPECT_EQ(profile().accesses.size(), 2U);
}

TEST_F(Calls, AFileWithoutANameIsItsDirectorysConcern) {
  const Lines lines = recorded([this] {
    if (::open(tree.root().c_str(), O_TMPFILE | O_RDWR, 0600) < 0) ::_exit(1);
  });
  EXPECT_EQ(lines, (Lines{"dir ."}));
}

}  // namespace
}  // namespace winnow::test
