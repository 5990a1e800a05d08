// SPDX-License-Identifier: Apache-2.0
// Verdicts: what a slim run missed, and what its exit status says.
#include <gtest/gtest.h>

#include "support/index_text.h"
#include "winnow/verify.h"

namespace winnow {
namespace {

class Judging : public ::testing::Test {
 protected:
  Judging()
      : fat_(testing::index_from_text(R"(
    f 0755 0:0 5 /usr/bin/app
    f 0644 0:0 7 /usr/share/error.html
    l /etc/link /usr/share/error.html
    l /etc/kept /usr/share/gone
    d 0755 0:0 /usr/share/gone)")) {
    spec_ = make_plan(fat_, run_with({{"/usr/bin/app", Kind::kExec}}), {}).value();
  }
  static AccessProfile run_with(std::initializer_list<std::pair<std::string, Kind>> accesses) {
    AccessProfile profile;
    winnow::Run run;
    run.from_start = true;
    profile.runs = {run};
    for (const auto& [path, kind] : accesses) {
      Access access;
      access.path = path;
      access.kinds = kind;
      access.by = "/usr/bin/app";
      profile.add(access);
    }
    return profile;
  }
  const Index fat_;
  KeepSpec spec_;
};

TEST_F(Judging, PassesWhenTheStatusIsTheSameAndNothingWasMissed) {
  const auto verdict = judge(run_with({{"/usr/bin/app", Kind::kExec}, {"/never/there", Kind::kMiss}}), spec_, fat_, 0);
  EXPECT_EQ(verdict.outcome, Outcome::kPass);
}

TEST_F(Judging, NamesAMissedFileEvenWhenTheProgramSwallowedTheError) {
  const auto verdict = judge(run_with({{"/usr/./share//error.html", Kind::kMiss}}), spec_, fat_, 0);
  EXPECT_EQ(verdict.outcome, Outcome::kMissing);
  ASSERT_EQ(verdict.missing.size(), 1u);
  EXPECT_EQ(verdict.missing[0].path, "/usr/share/error.html");
  EXPECT_EQ(verdict.missing[0].by, "/usr/bin/app");
  EXPECT_EQ(verdict.missing[0].size, 7u);
}

// execve(2) says ENOENT of a script that is there when its interpreter is not.
TEST_F(Judging, NamesTheInterpreterThatAKeptProgramLacks) {
  const Index fat = testing::index_from_text(R"(
    f 0755 0:0 5 /plugins/a shebang=/usr/bin/python3\x20-s
    l /usr/bin/python3 python3.11
    f 0755 0:0 7 /usr/bin/python3.11)");
  const auto spec = make_plan(fat, run_with({{"/plugins", Kind::kList}}), {});
  ASSERT_TRUE(spec);
  const auto verdict = judge(run_with({{"/plugins/a", Kind::kMiss}}), *spec, fat, 0);
  ASSERT_EQ(verdict.missing.size(), 2u);
  EXPECT_EQ(verdict.missing[0].path, "/usr/bin/python3");
  EXPECT_EQ(verdict.missing[1].path, "/usr/bin/python3.11");
}

TEST_F(Judging, NamesTheDroppedLinksOnTheWayToo) {
  const auto verdict = judge(run_with({{"/etc/link", Kind::kMiss}}), spec_, fat_, 0);
  ASSERT_EQ(verdict.missing.size(), 2u);
  EXPECT_EQ(verdict.missing[0].path, "/etc/link");
  EXPECT_EQ(verdict.missing[1].path, "/usr/share/error.html");
}

TEST_F(Judging, DoesNotBlameAFileThatIsKeptAndThatTheWorkloadRemoved) {
  EXPECT_EQ(judge(run_with({{"/usr/bin/app", Kind::kMiss}}), spec_, fat_, 0).outcome, Outcome::kPass);
}

TEST_F(Judging, SaysWhenTheStatusDiffers) {
  const auto run = run_with({{"/usr/bin/app", Kind::kExec}});
  EXPECT_EQ(judge(run, spec_, fat_, 1).outcome, Outcome::kDiffers);
  spec_.test_status = {1};                                                // it ended like this on the fat image too
  EXPECT_EQ(judge(run, spec_, fat_, 1).outcome, Outcome::kInconclusive);  // and so proves nothing here
}

TEST_F(Judging, IsInconclusiveWithoutAContainerOrWithLosses) {
  EXPECT_EQ(judge(AccessProfile(), spec_, fat_, 0).outcome, Outcome::kInconclusive);
  auto lossy = run_with({{"/usr/bin/app", Kind::kExec}});
  lossy.runs[0].lost.buffers_full = 1;
  EXPECT_EQ(judge(lossy, spec_, fat_, 0).outcome, Outcome::kInconclusive);
}

}  // namespace
}  // namespace winnow
