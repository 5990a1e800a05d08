// SPDX-License-Identifier: Apache-2.0
// A 32-bit process is recorded as any other; its system calls have other numbers and registers.
#include <unistd.h>

#include "workload.h"

namespace winnow::test {
namespace {

using Compat = BpfTest;

TEST_F(Compat, A32BitProcessIsRecordedAsAnyOther) {
  const std::string program = WINNOW_CALLS32;
  if (::access(program.c_str(), X_OK) != 0) GTEST_SKIP() << "needs " << program << ", which is made for x86 only";
  for (const char* name : {"file", "stat", "at", "statx", "from"}) (void)tree.file(name);
  (void)tree.link("link", "file");
  constexpr int kNotRun = 127;
  const int status = group->run([&] {
    ::execl(program.c_str(), program.c_str(), tree.root().c_str(), nullptr);
    ::_exit(kNotRun);
  });
  if (status == kNotRun) GTEST_SKIP() << "this kernel runs no 32-bit programs";
  ASSERT_EQ(status, 0) << "the step that failed";
  const AccessProfile seen = profile();
  EXPECT_EQ(seen.partial_reasons(), std::vector<std::string>());
  EXPECT_EQ(lines_of(seen, tree.root()),
            (Lines{"dir . -> .", "dir ./from", "dir ./made/fifo", "dir ./socket", "dir ./to", "dir,not-empty ./made",
                   "lstat,readlink ./link", "miss ./none", "open ./file -> ./file", "open ./made/../file -> ./file",
                   "open,list ./made -> ./made", "stat ./made/../at", "stat ./stat", "stat ./statx"}));
  EXPECT_EQ(seen.accesses.at({tree.at("file"), tree.at("file")}).by, program);
}

}  // namespace
}  // namespace winnow::test
