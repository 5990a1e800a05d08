// SPDX-License-Identifier: Apache-2.0
// Running a command: its status, its environment, its end when asked.
#include <gtest/gtest.h>
#include <signal.h>

#include <thread>

#include "winnow/trial/trial.h"

namespace winnow {
namespace {

TEST(RunCommand, GivesTheExitStatus) {
  EXPECT_EQ(run_command({"sh", "-c", "exit 7"}, {}, {}), 7);
  EXPECT_EQ(run_command({"true"}, {}, {}), 0);
}

TEST(RunCommand, GivesTheSignalAsShellsDo) { EXPECT_EQ(run_command({"sh", "-c", "kill -9 $$"}, {}, {}), 137); }

TEST(RunCommand, LeavesStdoutAloneWhenAsked) {
  for (const auto& [output, expected] : {std::pair(Output::kInherited, "x"), std::pair(Output::kToStderr, "")}) {
    ::testing::internal::CaptureStdout();
    const auto status = run_command({"printf", "x"}, {}, {}, {.output = output});
    EXPECT_EQ(::testing::internal::GetCapturedStdout(), expected);
    EXPECT_EQ(status, 0);
  }
}

TEST(RunCommand, KeepsWhatIsPrintedAndShowsIt) {
  Printed printed;
  ::testing::internal::CaptureStderr();
  const auto status = run_command({"sh", "-c", "printf 'a\\0b'; printf e >&2; (sleep 0.1; printf c) ; exit 3"}, {}, {},
                                  {.printed = &printed});
  const std::string shown = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(status, 3);
  EXPECT_EQ(printed.out, std::string("a\0bc", 4));
  EXPECT_EQ(printed.err, "e");
  EXPECT_EQ(shown.size(), 5U);
}

TEST(RunCommand, KeepsSixteenMegabytesOfEachStream) {
  Printed printed;
  ::testing::internal::CaptureStderr();
  const auto status = run_command({"sh", "-c", "yes | head -c 17000000"}, {}, {}, {.printed = &printed});
  EXPECT_EQ(::testing::internal::GetCapturedStderr().size(), 17000000U);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(printed.out.size(), 16U << 20U);
}

TEST(RunCommand, AddsToTheEnvironmentAndReplacesWhatIsThere) {
  EXPECT_EQ(run_command({"sh", "-c", "test \"$WINNOW_IMAGE\" = app && test -n \"$PATH\" && test \"$HOME\" = /h"},
                        {"WINNOW_IMAGE=app", "HOME=/h"}, {}),
            0);
}

TEST(RunCommand, SaysWhichProgramCouldNotBeStarted) {
  const auto status = run_command({"/no/such/program"}, {}, {});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().what, "starting /no/such/program: No such file or directory");
}

TEST(RunCommand, EndsTheCommandAndItsChildrenWhenAskedToStop) {
  std::stop_source stop;
  std::jthread asker([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    stop.request_stop();
  });
  EXPECT_EQ(run_command({"sh", "-c", "sleep 1000; exit 3"}, {}, stop.get_token()), 143);
}

TEST(RunCommand, EndsTheCommandAtItsLimit) {
  EXPECT_EQ(run_command({"sh", "-c", "sleep 1000; exit 3"}, {}, {}, {.limit = std::chrono::milliseconds(50)}), 143);
  EXPECT_EQ(run_command({"true"}, {}, {}, {.limit = std::chrono::minutes(1)}), 0);
}

TEST(RunCommand, DoesNotHandDownAnIgnoredSignal) {
  struct sigaction before{}, ignore{};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, &before);
  EXPECT_EQ(run_command({"sh", "-c", "kill -PIPE $$; exit 0"}, {}, {}), 128 + SIGPIPE);
  ::sigaction(SIGPIPE, &before, nullptr);
}

}  // namespace
}  // namespace winnow
