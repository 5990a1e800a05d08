// SPDX-License-Identifier: Apache-2.0
// What a person is told when the kernel or the privileges do not allow recording.
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <functional>

#include "winnow/base/file.h"
#include "winnow/record/record.h"
#include "workload.h"

namespace winnow::test {
namespace {

class Checks : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root: CAP_BPF, CAP_PERFMON and CAP_SYS_ADMIN";
  }
  // What TELL says in a child after PREPARE changed that child's circumstances.
  static std::string in_child(const std::function<bool()>& prepare, const std::function<std::string()>& tell) {
    int ends[2];
    if (::pipe(ends) != 0) return "no pipe";
    const pid_t child = ::fork();
    if (child == 0) {
      const std::string text = prepare() ? tell() : "could not be prepared";
      const bool told = write_all(ends[1], text).has_value();
      ::_exit(told ? 0 : 1);
    }
    ::close(ends[1]);
    std::string text;
    char piece[4096];
    for (ssize_t n = 0; (n = ::read(ends[0], piece, sizeof(piece))) > 0;)
      text.append(piece, static_cast<std::size_t>(n));
    ::close(ends[0]);
    ::waitpid(child, nullptr, 0);
    return text;
  }
  static std::string opening() {
    const auto recorder = Recorder::open();
    return recorder ? "opened" : recorder.error().what + "\n" + recorder.error().hint;
  }
  static std::string check(const std::string& name) {
    const auto checks = check_kernel();
    const auto found = std::ranges::find(checks, name, &Check::name);
    if (found == checks.end()) return "no such check";
    return std::string(found->ok ? "yes " : "no ") + found->detail + "\n" + found->advice;
  }
  static bool become_nobody() { return ::setresgid(65534, 65534, 65534) == 0 && ::setresuid(65534, 65534, 65534) == 0; }
  static bool hide_btf() {
    return ::unshare(CLONE_NEWNS) == 0 && ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
           ::mount("none", "/sys/kernel/btf", "tmpfs", 0, nullptr) == 0;
  }
  static bool change_nothing() { return true; }
};

TEST_F(Checks, ThisMachineRecordsAndSaysSo) {
  EXPECT_EQ(in_child(change_nothing, opening), "opened");
  for (const Check& one : check_kernel()) EXPECT_TRUE(one.ok || !one.needed) << one.name << ": " << one.detail;
  EXPECT_TRUE(check("backend syscall").starts_with("yes loads, attaches and sees file accesses"));
}

// A fault that makes every kernel refuse them is seen nowhere else: what comes next records the same, for more.
TEST_F(Checks, TheFirstWayToRecordIsTheOneThatIsTaken) {
  const auto recorder = Recorder::open({.backend = backend_under_test()});
  ASSERT_TRUE(recorder) << recorder.error().what;
  EXPECT_TRUE(recorder->method().starts_with("by ")) << recorder->method();
  EXPECT_FALSE(recorder->method().contains("refused")) << recorder->method();
}

TEST_F(Checks, WithoutPrivilegesTheErrorNamesThem) {
  const std::string said = in_child(become_nobody, opening);
  EXPECT_EQ(said,
            "starting the recorder: loading BPF programs: Operation not permitted\n"
            "run as root, or grant CAP_BPF, CAP_PERFMON and CAP_SYS_PTRACE");
  const std::string checked = in_child(become_nobody, [] { return check("privileges"); });
  EXPECT_EQ(checked,
            "no missing: CAP_BPF, CAP_PERFMON, CAP_SYS_PTRACE\n"
            "run as root, or grant CAP_BPF, CAP_PERFMON, CAP_SYS_PTRACE");
  EXPECT_EQ(in_child(become_nobody, [] { return check("BPF ring buffer"); }),
            "no may not be tried\nrun as root, or grant CAP_BPF");
  const std::string tried = in_child(become_nobody, [] { return check("backend syscall"); });
  EXPECT_TRUE(tried.starts_with("no ") && tried.contains("Operation not permitted")) << tried;
}

TEST_F(Checks, WithoutTypeInformationTheErrorSaysWhatToBuild) {
  const std::string said = in_child(hide_btf, opening);
  EXPECT_TRUE(said.contains("no type information")) << said;
  EXPECT_TRUE(said.contains("CONFIG_DEBUG_INFO_BTF")) << said;
  const std::string checked = in_child(hide_btf, [] { return check("type information (BTF)"); });
  EXPECT_TRUE(checked.starts_with("no ")) << checked;
}

TEST_F(Checks, AMapOfAnImpossibleSizeIsAnErrorWithTheKernelsReason) {
  const auto recorder = Recorder::open({.ring_bytes = 4096, .seen_keys = 0});
  ASSERT_FALSE(recorder);
  EXPECT_TRUE(recorder.error().what.starts_with("starting the recorder: ")) << recorder.error().what;
  EXPECT_TRUE(recorder.error().what.contains("seen")) << "libbpf's log names the map: " << recorder.error().what;
  EXPECT_FALSE(recorder.error().hint.empty());
}

}  // namespace
}  // namespace winnow::test
