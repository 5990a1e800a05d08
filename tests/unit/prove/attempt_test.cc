// SPDX-License-Identifier: Apache-2.0
// What a run on an image proves: expectations, controls, and what was seen from outside.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "simulated_bench.h"

namespace winnow::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class AttemptTest : public ::testing::Test {
 protected:
  AttemptTest()
      : source(index_from_text("f 0755 0:0 5 /usr/bin/app\nf 0644 0:0 7 /etc/hidden")),
        spec(make_plan(source, tried({{"/usr/bin/app", Kind::kExec}}, 0).trial.profile, {}).value()),
        slim(index_of_kept(spec)) {}

  static Tried tried(const std::vector<std::pair<std::string, Kind>>& accesses, int status) {
    Tried one;
    winnow::Run run;
    run.from_start = true;
    one.trial.profile.runs = {run};
    for (const auto& [path, kind] : accesses) {
      Access access;
      access.path = path;
      access.kinds = kind;
      access.by = "/usr/bin/app";
      access.runs = {0};
      one.trial.profile.add(access);
    }
    one.trial.status = one.seen.status = status;
    return one;
  }
  [[nodiscard]] Standard standard() const { return {spec, source, slim, "app-slim", "app", {"./test.sh"}, false}; }

  Index source;
  KeepSpec spec;
  Index slim;
};

TEST_F(AttemptTest, ARunThatMissedNothingPasses) {
  const Verdict verdict = judge_tried(standard(), tried({{"/usr/bin/app", Kind::kExec}}, 0));
  EXPECT_EQ(verdict.outcome, Outcome::kPass);
  EXPECT_EQ(verdict.attempt.image, "app-slim");
  EXPECT_EQ(verdict.attempt.source, "app");
  EXPECT_THAT(verdict.attempt.command, ElementsAre("./test.sh"));
  EXPECT_EQ(verdict.attempt.image_bytes, 5U);
  EXPECT_EQ(verdict.attempt.source_bytes, 12U);
}

TEST_F(AttemptTest, WithoutTheSourceTheRecordedStatusIsExpected) {
  spec.test_status = {0};
  EXPECT_EQ(judge_tried(standard(), tried({{"/usr/bin/app", Kind::kExec}}, 7)).outcome, Outcome::kDiffers);
}

TEST_F(AttemptTest, WhatIsNeverFoundOnTheSourceEitherIsNotMissing) {
  const Tried misses = tried({{"/usr/bin/app", Kind::kExec}, {"/etc/hidden", Kind::kMiss}}, 0);
  EXPECT_EQ(judge_tried(standard(), misses).outcome, Outcome::kMissing);
  EXPECT_EQ(judge_tried(standard(), misses, &misses).outcome, Outcome::kPass);
}

TEST_F(AttemptTest, ASourceRunThatLostEventsIsNoControl) {
  const Tried misses = tried({{"/usr/bin/app", Kind::kExec}, {"/etc/hidden", Kind::kMiss}}, 0);
  Tried lossy = misses;
  lossy.trial.profile.runs[0].lost.buffers_full = 1;
  EXPECT_EQ(judge_tried(standard(), misses, &lossy).outcome, Outcome::kMissing);
}

TEST_F(AttemptTest, WorkThatGaveNoStatusDidNotStart) {
  Tried failed = tried({{"/usr/bin/app", Kind::kExec}}, 0);
  failed.trial.failure = Error{"the container was not ready after 60 s"};
  failed.trial.status.reset();
  failed.seen.status.reset();
  failed.seen.start_failures = {"app-1: exec format error"};
  const Verdict verdict = judge_tried(standard(), failed);
  EXPECT_EQ(verdict.outcome, Outcome::kDiffers);
  EXPECT_THAT(verdict.attempt.start_failures,
              ElementsAre("app-1: exec format error", "the container was not ready after 60 s"));
}

TEST_F(AttemptTest, ATestThatWasEndedHasNoStatus) {
  Tried ended = tried({{"/usr/bin/app", Kind::kExec}}, 143);
  ended.ended_after(std::chrono::seconds(9));
  const Verdict verdict = judge_tried(standard(), ended);
  EXPECT_EQ(verdict.outcome, Outcome::kDiffers);
  EXPECT_FALSE(verdict.attempt.status);
}

TEST_F(AttemptTest, AContainerThatIsUnhealthyOnTheSourceTooIsNotTheCutsFault) {
  Tried sick = tried({{"/usr/bin/app", Kind::kExec}}, 0);
  sick.seen.unhealthy = {"app-1: its health check says unhealthy"};
  const Tried well = tried({{"/usr/bin/app", Kind::kExec}}, 0);
  EXPECT_EQ(judge_tried(standard(), sick, &well).outcome, Outcome::kDiffers);
  EXPECT_EQ(judge_tried(standard(), sick, &sick).outcome, Outcome::kPass);
}

TEST_F(AttemptTest, AnEngineThatFellSilentLeavesADoubt) {
  Tried deaf = tried({{"/usr/bin/app", Kind::kExec}}, 0);
  deaf.seen.unwatched = "the engine closed its event stream";
  const Verdict verdict = judge_tried(standard(), deaf);
  EXPECT_EQ(verdict.outcome, Outcome::kInconclusive);
  EXPECT_THAT(verdict.doubts, ElementsAre(HasSubstr("the engine closed its event stream")));
}

TEST_F(AttemptTest, TheSourceImageHasToDoWhatATestDoes) {
  EXPECT_FALSE(judge_source(standard(), tried({{"/usr/bin/app", Kind::kExec}}, 0)));
  const auto failed = judge_source(standard(), tried({{"/usr/bin/app", Kind::kExec}}, 2));
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->outcome, Outcome::kInconclusive);
  EXPECT_THAT(failed->doubts, ElementsAre(HasSubstr("fails on the source image itself (status 2)")));
  Tried slow = tried({{"/usr/bin/app", Kind::kExec}}, 0);  // it ends well when it is asked to end
  slow.ended_after(std::chrono::seconds(9));
  const auto late = judge_source(standard(), slow);
  ASSERT_TRUE(late);
  EXPECT_EQ(late->outcome, Outcome::kInconclusive);
  EXPECT_THAT(late->doubts, ElementsAre(HasSubstr("longer than 9 s on the source image itself")));
  Tried nothing = tried({}, 0);
  nothing.trial.profile.runs.clear();
  const auto unseen = judge_source(standard(), nothing);
  ASSERT_TRUE(unseen);
  EXPECT_EQ(unseen->outcome, Outcome::kInconclusive);
  EXPECT_THAT(unseen->doubts, ElementsAre(HasSubstr("does it use $WINNOW_IMAGE?")));
}

}  // namespace
}  // namespace winnow::test
