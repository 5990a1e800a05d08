// SPDX-License-Identifier: Apache-2.0
// What is said of an option that does not exist, or that stands on the wrong side of "--".
#include "winnow/terminal/mistyped.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace winnow::cli {
namespace {

using ::testing::HasSubstr;

class MistypedTest : public ::testing::Test {
 protected:
  MistypedTest() {
    app.add_flag("--json", flag);
    app.add_flag("-v,--verbose", flag);
    app.add_option_group("Reading images")->add_option("--platform", text);
    for (CLI::App* const command : {app.add_subcommand("slim"), app.add_subcommand("plan")}) {
      command->add_option("--policy", text);
      command->add_option("--test", text);
      command->add_option("--test-timeout", text);
      command->add_option("--tag", text);
      command->add_option("-o,--output", text);
      command->add_option("-u,--user", text);
      command->add_option_group("Limits")->add_option("--max-growth", text);
    }
    app.add_subcommand("image")->add_subcommand("ls")->add_flag("--shadowed", flag);
  }

  // What is said of WORDS after COMMAND; empty: nothing is wrong.
  std::string said(const CLI::App& command, std::vector<std::string> words) const {
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    const auto error = mistyped_option(command, pointers);
    if (!error) return "";
    EXPECT_EQ(error->fault, Fault::kUsage);
    return error->what + "; " + error->hint;
  }
  std::string plan(std::vector<std::string> words) const { return said(*app.get_subcommand("plan"), std::move(words)); }
  std::string slim(std::vector<std::string> words) const { return said(*app.get_subcommand("slim"), std::move(words)); }
  // The same of a word after "--".
  std::string behind(const std::string& word) const {
    const auto error = option_behind_dashes(*app.get_subcommand("slim"), word);
    return error ? error->what + "; " + error->hint : "";
  }

  CLI::App app;
  bool flag = false;
  std::string text;
};

TEST_F(MistypedTest, KnownOptionsAreNotMistyped) {
  EXPECT_EQ(plan({"app", "--policy", "app", "--policy=app", "-o", "-", "-ofile", "--json", "-v", "-"}), "");
  EXPECT_EQ(plan({}), "");
}

TEST_F(MistypedTest, NumbersBelowZeroAreNoOptions) {
  EXPECT_EQ(plan({"-1", "-0.5"}), "");
  EXPECT_NE(plan({"-x1"}), "");
}

TEST_F(MistypedTest, TheNearestOptionIsNamed) {
  EXPECT_EQ(plan({"--polciy"}), "winnow plan has no option --polciy; did you mean --policy?");
  EXPECT_EQ(plan({"--polcy=app"}), "winnow plan has no option --polcy; did you mean --policy?");
  EXPECT_EQ(plan({"-policy"}), "winnow plan has no option -policy; did you mean --policy?");
  EXPECT_EQ(plan({"--tga"}), "winnow plan has no option --tga; see `winnow plan --help`");  // half of its letters
}

TEST_F(MistypedTest, TheOnlyOneThatGoesOnSoIsNamed) {
  EXPECT_THAT(plan({"--pol"}), HasSubstr("did you mean --policy?"));
  EXPECT_THAT(plan({"--test-t"}), HasSubstr("did you mean --test-timeout?"));
  EXPECT_THAT(plan({"--t"}), HasSubstr("see `winnow plan --help`"));  // there are three
}

TEST_F(MistypedTest, OptionsOfGroupsAndOfTheWholeProgramAreNamedToo) {
  EXPECT_THAT(plan({"--max-grow"}), HasSubstr("did you mean --max-growth?"));
  EXPECT_THAT(plan({"--plattform"}), HasSubstr("did you mean --platform?"));
  EXPECT_THAT(plan({"--verbos"}), HasSubstr("did you mean --verbose?"));
  EXPECT_THAT(said(app, {"--shadowed"}), HasSubstr("winnow has no option --shadowed; see `winnow --help`"));
}

TEST_F(MistypedTest, CommandsBelowCommandsHaveTheirWholeName) {
  const CLI::App& ls = *app.get_subcommand("image")->get_subcommand("ls");
  EXPECT_EQ(said(ls, {"--shadow"}), "winnow image ls has no option --shadow; did you mean --shadowed?");
  EXPECT_EQ(said(ls, {"--wide"}), "winnow image ls has no option --wide; see `winnow image ls --help`");
}

TEST_F(MistypedTest, OptionsOfDockerRunBelongBehindTheDashesOfSlimAlone) {
  EXPECT_EQ(slim({"app", "-p", "8080:80"}),
            "winnow slim has no option -p; options of `docker run` follow --: winnow slim IMAGE -- -p");
  EXPECT_THAT(slim({"-p8080:80"}), HasSubstr("options of `docker run` follow --: winnow slim IMAGE -- -p8080:80"));
  EXPECT_THAT(slim({"--env=A=b"}), HasSubstr("winnow slim IMAGE -- --env=A=b"));
  EXPECT_EQ(plan({"-p", "8080:80"}), "winnow plan has no option -p; see `winnow plan --help`");
  EXPECT_THAT(slim({"--polciy"}), HasSubstr("did you mean --policy?"));
}

TEST_F(MistypedTest, OnlyTheFirstIsToldAndAsItCanBeShown) {
  EXPECT_THAT(plan({"--on\x1b"
                    "e",
                    "--two"}),
              HasSubstr("no option --on\\x1be;"));
  EXPECT_THAT(slim({"-e\x1b[2J"}), HasSubstr("-- -e\\x1b[2J"));
}

TEST_F(MistypedTest, OptionsOfWinnowDoNotStandBehindTheDashes) {
  EXPECT_EQ(behind("--policy"),
            "--policy is an option of winnow's own, and stands after --; put it before --; what follows is for "
            "`docker run`");
  EXPECT_THAT(behind("--policy=app"), HasSubstr("--policy is an option of winnow's own"));
  EXPECT_THAT(behind("--json"), HasSubstr("--json is an option"));
}

TEST_F(MistypedTest, OptionsThatDockerRunHasTooMayStandThere) {
  EXPECT_EQ(behind("--user"), "");     // both have it
  EXPECT_EQ(behind("--publish"), "");  // docker's
  EXPECT_EQ(behind("--unknown"), "");
  EXPECT_EQ(behind("-o"), "");  // short ones are nobody's alone
  EXPECT_EQ(behind("policy"), "");
}

}  // namespace
}  // namespace winnow::cli
