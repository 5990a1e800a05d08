// SPDX-License-Identifier: Apache-2.0
// Programs that are run: binaries, scripts, by descriptor; and the program that each access is put down to.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>

#include "workload.h"

namespace winnow::test {
namespace {

using Exec = BpfTest;

std::string real(const char* path) { return std::filesystem::canonical(path).string(); }

void run(const std::string& path) {
  char* const arguments[] = {const_cast<char*>(path.c_str()), nullptr};
  char* const environment[] = {nullptr};
  ::execve(path.c_str(), arguments, environment);
  ::_exit(1);
}

bool executed(const AccessProfile& profile, const std::string& path, const std::string& resolved) {
  const auto found = profile.accesses.find({path, resolved});
  return found != profile.accesses.end() && found->second.kinds.has(Kind::kExec);
}

TEST_F(Exec, ABinaryIsRecordedAsAskedAndAsFound) {
  (void)tree.link("link", "/bin/true");
  ASSERT_EQ(group->run([this] { run(tree.at("link")); }), 0);
  EXPECT_TRUE(executed(profile(), tree.at("link"), real("/bin/true")));
}

TEST_F(Exec, AScriptAndItsInterpreterAreBothRecorded) {
  (void)tree.file("script", "#!/bin/sh\nexit 0\n", 0755);
  ASSERT_EQ(group->run([this] { run(tree.at("script")); }), 0);
  const AccessProfile seen = profile();
  EXPECT_TRUE(executed(seen, tree.at("script"), ""));
  EXPECT_TRUE(executed(seen, "/bin/sh", real("/bin/sh")));
  EXPECT_TRUE(seen.accesses.contains({tree.at("script"), tree.at("script")})) << "the interpreter reads the script";
}

TEST_F(Exec, TheLoaderOfADynamicProgramIsRecordedThoughTheKernelOpensIt) {
  Dl_info loader{};
  ASSERT_NE(::dladdr(reinterpret_cast<void*>(::getauxval(AT_BASE)), &loader), 0);
  const std::string path = real(loader.dli_fname);
  ASSERT_EQ(group->run([] { run("/bin/true"); }), 0);
  EXPECT_TRUE(executed(profile(), path, path)) << path;
}

TEST_F(Exec, EachLinkOfAChainOfScriptsIsRecorded) {
  (void)tree.file("inner", "#!/bin/sh\nexit 0\n", 0755);
  (void)tree.file("outer", "#!" + tree.at("inner") + "\n", 0755);
  ASSERT_EQ(group->run([this] { run(tree.at("outer")); }), 0);
  const AccessProfile seen = profile();
  EXPECT_TRUE(executed(seen, tree.at("outer"), ""));
  EXPECT_TRUE(seen.accesses.contains({tree.at("inner"), tree.at("inner")}));
  EXPECT_TRUE(executed(seen, "/bin/sh", real("/bin/sh")));
}

// What a tracer by ptrace(2) breaks: a file that only root may read, read by a program that is set-user-ID root.
TEST_F(Exec, APrivilegedProgramKeepsItsPrivilegesWhileItIsRecorded) {
  std::filesystem::permissions(tree.root(), std::filesystem::perms{0755});
  (void)tree.file("secret", "x", 0600);
  std::filesystem::copy(real("/bin/cat"), tree.at("cat"));
  const auto read_as_nobody = [this] {
    if (::setresgid(65534, 65534, 65534) != 0 || ::setresuid(65534, 65534, 65534) != 0) ::_exit(9);
    const std::string program = tree.at("cat");
    const std::string secret = tree.at("secret");
    ::execl(program.c_str(), "cat", secret.c_str(), nullptr);
    ::_exit(8);
  };
  ASSERT_EQ(::chmod(tree.at("cat").c_str(), 0755), 0);
  EXPECT_NE(group->run(read_as_nobody), 0) << "without the bit it may not";
  ASSERT_EQ(::chmod(tree.at("cat").c_str(), 04755), 0);
  EXPECT_EQ(group->run(read_as_nobody), 0);
  EXPECT_TRUE(profile().accesses.contains({tree.at("secret"), tree.at("secret")}));
}

TEST_F(Exec, ADescriptorIsNoPathOfAnImage) {
  std::filesystem::copy(real("/bin/true"), tree.at("true"));
  ASSERT_EQ(group->run([this] {
    const int fd = ::open(tree.at("true").c_str(), O_PATH | O_CLOEXEC);
    char* const none[] = {const_cast<char*>("true"), nullptr};
    ::syscall(SYS_execveat, fd, "", none, none + 1, AT_EMPTY_PATH);
    ::_exit(1);
  }),
            0);
  const AccessProfile seen = profile();
  EXPECT_TRUE(executed(seen, tree.at("true"), tree.at("true")));
  for (const auto& [key, access] : seen.accesses) EXPECT_FALSE(access.path.starts_with("/dev/fd/")) << access.path;
}

// What an interpreter asks about a script before it reads it; since Linux 6.14.
TEST_F(Exec, ACheckWhetherAFileMayBeRunIsALookAtIt) {
  constexpr int kCheck = 0x10000;  // AT_EXECVE_CHECK
  (void)tree.file("may", "x", 0755);
  (void)tree.file("may-not");
  char* const none[] = {nullptr};
  const auto check = [&](const char* name) {
    return ::syscall(SYS_execveat, AT_FDCWD, tree.at(name).c_str(), none, none, kCheck);
  };
  if (check("may") != 0) GTEST_SKIP() << "needs a kernel that knows AT_EXECVE_CHECK";
  const Lines lines = recorded([&] {
    if (check("may") != 0) ::_exit(1);
    check("may-not");
    check("none");
  });
  EXPECT_EQ(lines, (Lines{"miss ./none", "stat ./may", "stat ./may-not"}));
}

TEST_F(Exec, EachAccessIsPutDownToTheProgramThatMadeIt) {
  (void)tree.file("data");
  (void)tree.file("script", "#!/bin/sh\n/bin/cat " + tree.at("data") + " >/dev/null\n:\n", 0755);
  ASSERT_EQ(group->run([this] { run(tree.at("script")); }), 0);
  const AccessProfile seen = profile();
  ASSERT_TRUE(seen.accesses.contains({tree.at("data"), tree.at("data")}));
  EXPECT_EQ(seen.accesses.at({tree.at("data"), tree.at("data")}).by, real("/bin/cat"));
  ASSERT_TRUE(seen.accesses.contains({"/bin/cat", real("/bin/cat")}));
  EXPECT_EQ(seen.accesses.at({"/bin/cat", real("/bin/cat")}).by, real("/bin/sh")) << "who ran it, not itself";
}

}  // namespace
}  // namespace winnow::test
