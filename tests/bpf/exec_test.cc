// SPDX-License-Identifier: Apache-2.0
// Programs that are run: binaries, scripts, by descriptor; and the program that each access is put down to.
#include <fcntl.h>
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
