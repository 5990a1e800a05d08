// SPDX-License-Identifier: Apache-2.0
// Verdicts: what a slim run missed, what its exit status says, and when nothing is proved.
#include <gtest/gtest.h>

#include "unit/verify/verifying.h"
#include "winnow/verify/report.h"

namespace winnow {
namespace {

using Judging = test::Verifying;

TEST_F(Judging, PassesWhenTheStatusIsTheSameAndNothingWasMissed) {
  const auto verdict = judge(run_with({{"/usr/bin/app", Kind::kExec}}), spec_, source_, ended(0));
  EXPECT_EQ(verdict.outcome, Outcome::kPass);
  EXPECT_TRUE(verdict.doubts.empty());
}

TEST_F(Judging, SaysNothingOfALookupThatFailsOnTheFatImageToo) {
  const auto verdict = judge(run_with({{"/never/there", Kind::kMiss}}), spec_, source_, ended(0));
  EXPECT_EQ(verdict.outcome, Outcome::kPass);
  EXPECT_TRUE(verdict.missing.empty());
  EXPECT_TRUE(verdict.notes.empty());
}

TEST_F(Judging, NamesMissedFilesBeforeAStatusThatDiffers) {
  const auto run = run_with({{"/usr/share/error.html", Kind::kMiss}});
  EXPECT_EQ(judge(run, spec_, source_, ended(1)).outcome, Outcome::kMissing);
  EXPECT_EQ(judge(run_with({}), spec_, source_, ended(1)).outcome, Outcome::kDiffers);
}

TEST_F(Judging, SaysWhenTheStatusDiffers) {
  const auto run = run_with({{"/usr/bin/app", Kind::kExec}});
  EXPECT_EQ(judge(run, spec_, source_, ended(1)).outcome, Outcome::kDiffers);
  spec_.test_status = {1};  // it ended like this on the source image too, and so proves nothing here
  Attempt attempt = ended(1);
  expect_recorded(attempt, spec_);
  EXPECT_EQ(attempt.expected_status, 1);
  EXPECT_NE(attempt.expected_from.find("recorded"), std::string::npos);
  EXPECT_EQ(judge(run, spec_, source_, attempt).outcome, Outcome::kInconclusive);
  attempt.status = 0;  // and this says that the two are not alike
  EXPECT_EQ(judge(run, spec_, source_, attempt).outcome, Outcome::kDiffers);
}

TEST_F(Judging, ExpectsSuccessOfACommandThatWasNotRecorded) {
  Attempt attempt = ended(0);
  expect_recorded(attempt, spec_);
  EXPECT_EQ(attempt.expected_status, 0);
  EXPECT_TRUE(attempt.expected_from.empty());
}

TEST_F(Judging, IsInconclusiveWithoutAContainerWhateverTheStatus) {
  EXPECT_EQ(judge(AccessProfile(), spec_, source_, ended(0)).outcome, Outcome::kInconclusive);
  EXPECT_EQ(judge(AccessProfile(), spec_, source_, ended(1)).outcome, Outcome::kInconclusive);
}

TEST_F(Judging, DiffersWhenAContainerEndsUnhealthyThatWasHealthyOnTheSource) {
  const auto run = run_with({{"/usr/bin/app", Kind::kExec}});
  Attempt attempt = ended(0);
  attempt.unhealthy = {"web: its health check says unhealthy: curl: not found"};
  EXPECT_EQ(judge(run, spec_, source_, attempt).outcome, Outcome::kDiffers);
  attempt.source_unhealthy = true;
  const auto verdict = judge(run, spec_, source_, attempt);
  EXPECT_EQ(verdict.outcome, Outcome::kPass);
  ASSERT_EQ(verdict.notes.size(), 1U);
  EXPECT_NE(verdict.notes[0].find("on the source image as well"), std::string::npos);
}

TEST_F(Judging, SaysWhoseHealthCheckDidNotRun) {
  Attempt attempt = ended(0);
  attempt.unchecked = {"a", "b", "c", "d"};
  const auto verdict = judge(run_with({{"/usr/bin/app", Kind::kExec}}), spec_, source_, attempt);
  EXPECT_EQ(verdict.outcome, Outcome::kPass);
  ASSERT_EQ(verdict.notes.size(), 1U);
  EXPECT_NE(verdict.notes[0].find("of a, b, c and 1 more did not run"), std::string::npos);
}

TEST_F(Judging, NamesWhatAVolumeOfOthersIsNoLongerFilledWith) {
  auto run = run_with({{"/usr/bin/app", Kind::kExec}});
  run.runs[0].volumes = {{"/usr/share", "static", true}};
  const auto notes = judge(run, spec_, source_, ended(0)).notes;
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_NE(notes[0].find("/usr/share/error.html"), std::string::npos) << notes[0];
  EXPECT_NE(notes[0].find("2 fewer entries there (7 B)"), std::string::npos) << notes[0];
  run.runs[0].volumes = {{"/usr/share", std::string(64, 'a'), false}};
  EXPECT_TRUE(judge(run, spec_, source_, ended(0)).notes.empty());
}

TEST_F(Judging, IsInconclusiveWithLosses) {
  auto lossy = run_with({{"/usr/bin/app", Kind::kExec}});
  lossy.runs[0].lost.buffers_full = 1;
  EXPECT_EQ(judge(lossy, spec_, source_, ended(0)).outcome, Outcome::kInconclusive);
  lossy.merge(run_with({{"/usr/share/error.html", Kind::kMiss}})).value();
  EXPECT_EQ(judge(lossy, spec_, source_, ended(0)).outcome, Outcome::kMissing);  // what was seen was seen
}

TEST_F(Judging, IsInconclusiveWhenTheCommandDidNotEnd) {
  EXPECT_EQ(judge(run_with({}), spec_, source_, Attempt()).outcome, Outcome::kInconclusive);
}

TEST_F(Judging, SaysThatACommandHadToBeEnded) {
  Attempt attempt;
  attempt.ended_after = std::chrono::seconds(70);
  const auto verdict = judge(run_with({}), spec_, source_, attempt);
  EXPECT_EQ(verdict.outcome, Outcome::kDiffers);
  EXPECT_EQ(status_words(attempt), "none: it was ended after 70 s; expected 0, as of a command that succeeds");
  EXPECT_EQ(judge(run_with({{"/usr/share/error.html", Kind::kMiss}}), spec_, source_, attempt).outcome,
            Outcome::kMissing);
}

TEST_F(Judging, SaysThatAContainerCouldNotBeStartedInTheEnginesWords) {
  Attempt attempt = ended(0);
  attempt.start_failures = {"exec: \"/bin/sh\": stat /bin/sh: no such file or directory"};
  const auto verdict = judge(AccessProfile(), spec_, source_, attempt);
  EXPECT_EQ(verdict.outcome, Outcome::kDiffers);
  EXPECT_EQ(verdict.attempt.start_failures, attempt.start_failures);
}

TEST_F(Judging, DoesNotBlameTheCutForATestThatFailsOnTheSourceImage) {
  Attempt attempt;
  expect_as_on_source(attempt, 7);
  const auto verdict = judge(run_with({{"/usr/share/error.html", Kind::kMiss}}), spec_, source_, attempt);
  EXPECT_EQ(verdict.outcome, Outcome::kInconclusive);
  ASSERT_EQ(verdict.doubts.size(), 1u);
  EXPECT_NE(verdict.doubts[0].find("fails on the source image itself (status 7)"), std::string::npos);
  Attempt good = ended(0);
  expect_as_on_source(good, 0);
  EXPECT_EQ(judge(run_with({}), spec_, source_, good).outcome, Outcome::kPass);
}

TEST_F(Judging, ExcusesALookupThatFailedOnTheSourceImageInTheSameWay) {
  const auto run = run_with({{"/usr/share/error.html", Kind::kMiss}});
  const auto verdict = judge(run, spec_, source_, ended(0), nullptr, &run);
  EXPECT_EQ(verdict.outcome, Outcome::kPass);
  EXPECT_EQ(verdict.notes.size(), 1u);
  // There it was found, and removed before the second lookup.
  auto removed = run;
  removed.merge(run_with({{"/usr/share/error.html", Kind::kOpen}})).value();
  EXPECT_EQ(judge(run, spec_, source_, ended(0), nullptr, &removed).outcome, Outcome::kMissing);
}

TEST_F(Judging, IsInconclusiveAboutAnImageThatIsNotWhatTheSpecSays) {
  const Index other = test::index_from_text("d 0755 0:0 /usr/bin");
  const auto verdict = judge(run_with({}), spec_, source_, ended(0), &other);
  EXPECT_EQ(verdict.outcome, Outcome::kInconclusive);
  ASSERT_EQ(verdict.mismatched.size(), 1u);
  EXPECT_NE(verdict.doubts.at(0).find("has no /usr/bin/app"), std::string::npos);
  EXPECT_EQ(judge(run_with({}), spec_, source_, ended(1), &other).outcome, Outcome::kInconclusive);
}

TEST_F(Judging, SaysThatAnImageIsMadeFromAnotherSpecInsteadOfNamingAllOfIt) {
  const Index other = test::index_from_text("f 0755 0:0 5 /bin/other");
  const auto verdict = judge(run_with({{"/usr/bin/app", Kind::kMiss}}), spec_, source_, ended(0), &other);
  EXPECT_EQ(verdict.outcome, Outcome::kInconclusive);
  EXPECT_TRUE(verdict.missing.empty());
  ASSERT_EQ(verdict.doubts.size(), 1u);
  EXPECT_TRUE(verdict.doubts[0].starts_with("the image was not made from this keep spec")) << verdict.doubts[0];
}

}  // namespace
}  // namespace winnow
