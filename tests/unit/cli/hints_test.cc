// SPDX-License-Identifier: Apache-2.0
// What the command line advises: options that are there, for every kind of advice.
#include "winnow/terminal/hints.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <set>

#include "cli/cli.h"

namespace winnow::cli {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

Error about(Advice advice, std::string subject = "") {
  return Error{
      .what = "it failed", .hint = "look", .fault = Fault::kFailure, .advice = advice, .subject = std::move(subject)};
}

constexpr Advice kAll[] = {
    Advice::kMapsTooLarge,    Advice::kSessionExists,   Advice::kSessionBroken, Advice::kNoSession,
    Advice::kNotRunning,      Advice::kUnknownService,  Advice::kPortsHidden,   Advice::kNotReady,
    Advice::kEndsByItself,    Advice::kTestTooLong,     Advice::kBadSlimName,   Advice::kSlimIsSource,
    Advice::kReadFromOutside, Advice::kDifferentImages,
};

TEST(HintOf, IsTheErrorsOwnUnlessItsAdviceDependsOnWhoAsks) {
  EXPECT_EQ(hint_of(about(Advice::kNone)), "look");
  for (const Advice advice : kAll) EXPECT_NE(hint_of(about(advice)), "look");
}

TEST(HintOf, NamesTheSubjectAsItCanBeShown) {
  EXPECT_THAT(hint_of(about(Advice::kSessionExists, "night\n")), HasSubstr("--resume night\\x0a"));
  EXPECT_THAT(hint_of(about(Advice::kNoSession, "night")), HasSubstr("--session night"));
}

TEST(HintOf, SurvivesBeingSeenFromFurtherOut) {
  EXPECT_EQ(hint_of(about(Advice::kNotReady).within("app")), hint_of(about(Advice::kNotReady)));
  EXPECT_THAT(hint_of(about(Advice::kSessionExists, "night").within("recording")), HasSubstr("night"));
}

// Each "--word" of an advice is an option of a command.
TEST(HintOf, NamesOnlyOptionsThatThereAre) {
  CLI::App app;
  Invocation invocation;
  for (const auto add : {add_record, add_run, add_slim, add_verify, add_plan, add_merge}) add(app, invocation);
  std::set<std::string> options;
  for (const CLI::App* command : app.get_subcommands({}))
    for (const CLI::Option* option : command->get_options())
      for (const std::string& name : option->get_lnames()) options.insert(name);
  ASSERT_THAT(options, Contains("ring-bytes"));
  for (const Advice advice : kAll) {
    const std::string hint = hint_of(about(advice, "night"));
    for (auto at = hint.find(" --"); at != std::string::npos; at = hint.find(" --", at + 1)) {
      const auto end = hint.find_first_not_of("abcdefghijklmnopqrstuvwxyz-", at + 3);
      const std::string option = hint.substr(at + 3, end - at - 3);
      if (!option.empty()) {
        EXPECT_THAT(options, Contains(option)) << hint;
      }
    }
  }
}

}  // namespace
}  // namespace winnow::cli
