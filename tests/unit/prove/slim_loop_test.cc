// SPDX-License-Identifier: Apache-2.0
// The slim loop: rounds of healing, names, interrupts, ends, and an engine that goes away in each place.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "simulated_bench.h"
#include "winnow/profile/profile.h"

namespace winnow::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kImage = R"(
    f 0755 0:0 5 /usr/bin/app
    f 0644 0:0 7 /usr/share/a
    f 0644 0:0 7 /usr/lib/b
    f 0644 0:0 7 /opt/c
    f 0644 0:0 900 /usr/share/never)";

class SlimLoopTest : public ::testing::Test {
 protected:
  SlimLoopTest() : bench(kImage) {
    std::string directory = ::testing::TempDir() + "slim-XXXXXX";
    EXPECT_NE(::mkdtemp(directory.data()), nullptr);
    options.output = directory;
    options.image = "app:1";
    options.slim = "app-slim:1";
    options.tests = {{"start", true}};
    bench.tests["start"] = {{"/usr/bin/app"}};
    bench.tests["uses-a"] = {{"/usr/bin/app", "/usr/share/a"}};
    bench.tests["uses-all"] = {{"/usr/bin/app", "/usr/share/a", "/usr/lib/b", "/opt/c"}};
  }
  ~SlimLoopTest() override { std::filesystem::remove_all(options.output); }
  SlimLoopTest(const SlimLoopTest&) = delete;
  SlimLoopTest& operator=(const SlimLoopTest&) = delete;

  Result<SlimEnd> run() { return run_slim_loop(bench, options, heard, outcome); }
  [[nodiscard]] bool wrote(const std::string& file) const {
    return std::filesystem::exists(options.output + "/" + file);
  }
  [[nodiscard]] std::string content(const std::string& file) const {
    return read_file(options.output + "/" + file).value_or("");
  }
  // Whether the profile on disk has PATH.
  [[nodiscard]] bool saved(const std::string& path) const {
    const auto profile = profile_from_json(content("profile.json"));
    return profile && std::ranges::any_of(profile->accesses, [&](const auto& one) { return one.second.path == path; });
  }

  SimulatedBench bench;
  SlimOptions options;
  Heard heard;
  SlimOutcome outcome;
};

TEST_F(SlimLoopTest, AnImageThatPassesGetsItsNameAndEveryReport) {
  const auto end = run();
  ASSERT_TRUE(end) << end.error().what;
  EXPECT_EQ(*end, SlimEnd::kJudged);
  EXPECT_EQ(outcome.outcome(), Outcome::kPass);
  EXPECT_EQ(outcome.slim, "app-slim:1");
  EXPECT_EQ(bench.images.at("app-slim:1"), bench.images.at("temporary:0"));
  for (const char* file : {"report.md", "slim.json", "profile.json", "keep.json", "removed.json"})
    EXPECT_TRUE(wrote(file)) << file;
  EXPECT_THAT(heard.steps,
              ElementsAre("recording start", "profile", "coverage", "plan", "verifying start", "dockerfile"));
  EXPECT_LT(outcome.rounds.back().sizes.kept_bytes, outcome.rounds.back().sizes.image_bytes);
}

TEST_F(SlimLoopTest, AnImageThatDoesNotPassGetsAnotherName) {
  options.tests.push_back({"uses-a", false});
  ASSERT_EQ(run().value(), SlimEnd::kJudged);
  EXPECT_EQ(outcome.outcome(), Outcome::kMissing);
  EXPECT_EQ(outcome.slim, "app-slim-unproven:1");
  EXPECT_FALSE(bench.images.contains("app-slim:1"));
  EXPECT_EQ(nlohmann::json::parse(content("slim.json")).at("slim"), "app-slim-unproven:1");
}

TEST_F(SlimLoopTest, EachRoundPutsBackWhatTheTestsMissed) {
  options.tests.push_back({"uses-all", false});
  options.max_rounds = 5;
  ASSERT_EQ(run().value(), SlimEnd::kJudged);
  EXPECT_EQ(outcome.outcome(), Outcome::kPass);
  EXPECT_EQ(outcome.rounds.size(), 4U) << "the test stops at the first that it misses, each in another directory";
  EXPECT_THAT(heard.steps, Contains("heals /usr/share/a"));
  EXPECT_THAT(heard.steps, Contains("heals /opt/c"));
  EXPECT_TRUE(saved("/opt/c")) << "the next plan is made from the same profile";
  EXPECT_EQ(bench.images.at("app-slim:1"), bench.images.at("temporary:3"));
}

TEST_F(SlimLoopTest, HealingEndsAfterAsManyRoundsAsItMay) {
  options.tests.push_back({"uses-all", false});
  options.max_rounds = 1;
  ASSERT_EQ(run().value(), SlimEnd::kJudged);
  EXPECT_EQ(outcome.rounds.size(), 2U);
  EXPECT_EQ(outcome.slim, "app-slim-unproven:1");
}

TEST_F(SlimLoopTest, HealingEndsWhenNothingCanBePutBack) {
  options.tests.push_back({"uses-a", false});
  options.plan.drop = {"/usr/share/a"};
  options.max_rounds = 5;
  ASSERT_EQ(run().value(), SlimEnd::kJudged);
  EXPECT_EQ(bench.cuts, 1);
  EXPECT_THAT(heard.steps, Contains("leaves /usr/share/a"));
}

TEST_F(SlimLoopTest, ATestThatFailsOnTheSourceImageCutsNothing) {
  options.tests = {{"start", true}, {"fails", true}};
  bench.tests["fails"] = {{"/usr/lib/b"}, true, 3};
  EXPECT_EQ(run().value(), SlimEnd::kSourceFails);
  EXPECT_EQ(bench.cuts, 0);
  EXPECT_THAT(heard.steps, Contains("fails fails"));
  EXPECT_TRUE(saved("/usr/bin/app")) << "what the test before it touched is kept";
  EXPECT_FALSE(saved("/usr/lib/b"));
}

TEST_F(SlimLoopTest, HeldOutTestsAreNotPartOfTheProfile) {
  options.tests.push_back({"uses-a", false});
  ASSERT_TRUE(run());
  EXPECT_FALSE(saved("/usr/share/a"));
  EXPECT_THAT(heard.steps, Contains("trying uses-a"));
}

TEST_F(SlimLoopTest, AnInterruptWhileRecordingSavesWhatWasSeen) {
  options.tests = {{"start", true}, {"uses-a", true}, {"uses-all", true}};
  bench.before_run = [this](int run) { heard.stop = run == 2; };
  EXPECT_EQ(run().value(), SlimEnd::kInterrupted);
  EXPECT_EQ(bench.runs.size(), 2U);
  EXPECT_TRUE(saved("/usr/share/a"));
  EXPECT_FALSE(wrote("keep.json"));
}

TEST_F(SlimLoopTest, AnInterruptWhileVerifyingNamesNothing) {
  bench.before_run = [this](int run) { heard.stop = run == 2; };
  EXPECT_EQ(run().value(), SlimEnd::kInterrupted);
  EXPECT_EQ(bench.runs.size(), 2U);
  EXPECT_TRUE(saved("/usr/bin/app"));
  EXPECT_TRUE(wrote("keep.json"));
  EXPECT_FALSE(bench.images.contains("app-slim:1") || bench.images.contains("app-slim-unproven:1"));
}

TEST_F(SlimLoopTest, AnEngineThatGoesAwayIsAnErrorAndLosesNoProfile) {
  options.tests = {{"start", true}, {"uses-a", true}};
  struct Case {
    Breaks where;
    int at;
    bool has_profile;
  };
  for (const auto& [where, at, has_profile] :
       {Case{Breaks::kFind, 1, false}, Case{Breaks::kFind, 4, true}, Case{Breaks::kTest, 1, false},
        Case{Breaks::kTest, 2, true}, Case{Breaks::kTest, 4, true}, Case{Breaks::kCut, 1, true},
        Case{Breaks::kTag, 1, true}}) {
    bench.breaks = where;
    bench.breaks_at = at;
    outcome = {};
    std::filesystem::remove(options.output + "/profile.json");
    const auto end = run();
    ASSERT_FALSE(end) << static_cast<int>(where);
    EXPECT_THAT(end.error().what, HasSubstr("Connection refused"));
    EXPECT_EQ(saved("/usr/bin/app"), has_profile) << static_cast<int>(where) << " " << at;
    EXPECT_EQ(outcome.slim, "");
  }
}

TEST_F(SlimLoopTest, ANameThatCannotBeGivenLosesNoReport) {
  bench.breaks = Breaks::kTag;
  const auto end = run();
  ASSERT_FALSE(end);
  EXPECT_THAT(end.error().what, StartsWith("naming the slim image app-slim:1: "));
  for (const char* file : {"report.md", "slim.json", "removed.json"}) EXPECT_TRUE(wrote(file)) << file;
  EXPECT_EQ(nlohmann::json::parse(content("slim.json")).at("slim"), "");
}

TEST_F(SlimLoopTest, AnImageWithoutADockerfileIsProvenAllTheSame) {
  bench.breaks = Breaks::kDockerfile;
  ASSERT_EQ(run().value(), SlimEnd::kJudged);
  EXPECT_EQ(outcome.slim, "app-slim:1");
  EXPECT_THAT(heard.steps.back(), StartsWith("note no Dockerfile: "));
}

TEST_F(SlimLoopTest, ANameThatLeadsToAnotherImageMeanwhileIsAnError) {
  options.tests = {{"start", true}, {"uses-a", true}};
  bench.before_run = [this](int) { bench.images["app:1"] = Digest::of("built anew"); };
  const auto end = run();
  ASSERT_FALSE(end);
  EXPECT_THAT(end.error().what, HasSubstr("app:1 is another image than when this began"));
  EXPECT_EQ(bench.runs.size(), 1U);
}

TEST_F(SlimLoopTest, ATestThatEndsInTwoWaysOnTheSourceImageProvesNothing) {
  options.bed.keep_output = true;
  bench.before_run = [this](int run) { bench.tests["start"].ends_with = run == 2 ? 5 : 0; };
  const auto end = run();
  ASSERT_FALSE(end);
  EXPECT_THAT(end.error().what, HasSubstr("ends with status 0 and then with 5"));
  EXPECT_TRUE(saved("/usr/bin/app"));
}

TEST_F(SlimLoopTest, OutputIsComparedIfItIsKept) {
  options.bed.keep_output = true;
  bench.tests["start"].prints = "ready\n";
  bench.before_run = [this](int run) { bench.tests["start"].prints = run == 3 ? "not ready\n" : "ready\n"; };
  ASSERT_EQ(run().value(), SlimEnd::kJudged);
  EXPECT_THAT(heard.steps, Contains("again start"));
  EXPECT_EQ(outcome.outcome(), Outcome::kDiffers);
}

TEST_F(SlimLoopTest, NamesThatCannotBeUsedAreRefusedBeforeAnythingRuns) {
  const auto refused = [this](const std::string& what) {
    const auto end = run();
    EXPECT_FALSE(end);
    EXPECT_EQ(end.error().fault, Fault::kUsage);
    EXPECT_THAT(end.error().what, HasSubstr(what));
    EXPECT_TRUE(bench.runs.empty());
  };
  options.slim = "App-Slim";
  refused("is not an image's name");
  options.slim = "app:1";
  refused("is the source image itself");
  options.slim = "app-slim:1";
  options.as = {"other:1"};
  refused("other:1 is not a name of app:1");
}

TEST_F(SlimLoopTest, AnUnknownImageIsAnErrorThatSaysWhatToDo) {
  options.image = "nowhere";
  const auto end = run();
  ASSERT_FALSE(end);
  EXPECT_THAT(end.error().what, HasSubstr("no image nowhere in unix:///run/gone.sock"));
  EXPECT_THAT(end.error().hint, HasSubstr("docker images"));
}

TEST_F(SlimLoopTest, OtherNamesAreLentOnlyOnTheSlimImage) {
  bench.images["also:1"] = bench.images.at("app:1");
  options.as = {"also:1"};
  ASSERT_TRUE(run());
  EXPECT_THAT(bench.runs, ElementsAre("app:1 start", "temporary:0 start as also:1"));
}

TEST_F(SlimLoopTest, ATestOnTheSlimImageEndsThoughItHasNoLimit) {
  ASSERT_TRUE(run());
  ASSERT_EQ(bench.beds.size(), 2U);
  EXPECT_FALSE(bench.beds[0].test_timeout);
  EXPECT_EQ(bench.beds[1].test_timeout, std::chrono::seconds(80)) << "ten times as long as there, and a minute";
}

TEST_F(SlimLoopTest, WhatAnEarlierRunWroteIsNotTakenForThisOne) {
  ASSERT_TRUE(run());
  bench.tests["start"].ends_with = 1;
  outcome = {};
  EXPECT_EQ(run().value(), SlimEnd::kSourceFails);
  for (const char* file : {"report.md", "slim.json", "profile.json", "keep.json", "removed.json"})
    EXPECT_FALSE(wrote(file)) << file;
}

TEST(WithSuffix, GoesBeforeTheTagAndNotIntoAPort) {
  EXPECT_EQ(with_suffix("app", "-slim"), "app-slim");
  EXPECT_EQ(with_suffix("app:1.2", "-slim"), "app-slim:1.2");
  EXPECT_EQ(with_suffix("localhost:5000/app", "-slim"), "localhost:5000/app-slim");
  EXPECT_EQ(with_suffix("localhost:5000/app:1", "-slim"), "localhost:5000/app-slim:1");
  EXPECT_EQ(with_suffix("app@sha256:00", "-slim"), "app-slim");
}

TEST(SlimOutcomeTest, IsTheWorstOfTheLastRound) {
  SlimOutcome outcome;
  EXPECT_EQ(outcome.outcome(), Outcome::kInconclusive);
  const auto verdict = [](Outcome is) {
    Verdict one;
    one.outcome = is;
    return one;
  };
  outcome.rounds = {{{}, {verdict(Outcome::kMissing)}, {}},
                    {{}, {verdict(Outcome::kPass), verdict(Outcome::kPass)}, {}}};
  EXPECT_EQ(outcome.outcome(), Outcome::kPass);
  outcome.rounds.back().verdicts.push_back(verdict(Outcome::kInconclusive));
  EXPECT_EQ(outcome.outcome(), Outcome::kInconclusive);
  outcome.rounds.back().verdicts.push_back(verdict(Outcome::kListing));
  EXPECT_EQ(outcome.outcome(), Outcome::kListing);
  outcome.rounds.back().verdicts.push_back(verdict(Outcome::kMissing));
  EXPECT_EQ(outcome.outcome(), Outcome::kMissing);
}

}  // namespace
}  // namespace winnow::test
