// SPDX-License-Identifier: Apache-2.0
// What a plan is told on the command line, in a project's settings and in manifests, and which of them counts.
#include "cli/plan_options.h"

#include <gmock/gmock.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "running.h"

namespace winnow::cli {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// As a command reads them.
PlanWords words_of(std::vector<std::string> line) {
  CLI::App app;
  PlanWords words;
  add_plan_options(app, words);
  std::ranges::reverse(line);  // as CLI11 wants it
  EXPECT_NO_THROW(app.parse(line));
  return words;
}

class SettingsFile : public ::testing::Test {
 protected:
  // The options of LINE with a settings file that says TEXT.
  [[nodiscard]] Result<PlanOptions> options(const std::string& text, std::vector<std::string> line = {}) const {
    directory.write("settings.json", text);
    line.insert(line.end(), {"--settings", directory / "settings.json"});
    return plan_options(words_of(line));
  }
  TemporaryDirectory directory;
};

TEST(PlanWordsOnTheCommandLine, AreThePlansOptions) {
  const auto options = plan_options(
      words_of({"--policy", "app", "--family", "locales", "--keep", "/a/**", "--keep", "/b", "--drop", "/c",
                "--base-layers", "3", "--no-walked", "--allow-partial", "--command", "sh -c 'a b'"}));
  ASSERT_TRUE(options) << options.error().what;
  EXPECT_EQ(options->policy, Policy::kApp);
  EXPECT_THAT(options->families, ElementsAre("locales"));
  EXPECT_THAT(options->keep, ElementsAre("/a/**", "/b"));
  EXPECT_THAT(options->drop, ElementsAre("/c"));
  EXPECT_EQ(options->base_layers, 3U);
  EXPECT_FALSE(options->walked);
  EXPECT_TRUE(options->allow_partial);
  ASSERT_THAT(options->commands, SizeIs(1));
  EXPECT_EQ(options->commands[0].from, "--command sh -c 'a b'");
  EXPECT_THAT(options->commands[0].words, ElementsAre("sh", "-c", "a b"));
}

TEST(PlanWordsOnTheCommandLine, AreTheDefaultsWhereNothingIsSaid) {
  const auto options = plan_options(words_of({}));
  ASSERT_TRUE(options) << options.error().what;
  EXPECT_EQ(options->policy, Policy::kStrict);
  EXPECT_TRUE(options->walked);
  EXPECT_FALSE(options->allow_partial);
  EXPECT_EQ(options->base_layers, 1U);
  EXPECT_THAT(options->keep, IsEmpty());
}

TEST(PlanWordsOnTheCommandLine, WithACommandThatIsNoneAreRefused) {
  const auto empty = plan_options(words_of({"--command", " "}));
  ASSERT_FALSE(empty);
  EXPECT_EQ(empty.error().what, "--command names no program");
  EXPECT_EQ(empty.error().fault, Fault::kUsage);
  const auto open = plan_options(words_of({"--command", "sh -c 'a"}));
  ASSERT_FALSE(open);
  EXPECT_THAT(open.error().what, HasSubstr("--command sh -c 'a"));
}

TEST_F(SettingsFile, SaysWhatTheCommandLineDoesNot) {
  const auto all = options(R"({"schema":"winnow.settings/1","policy":"families","keep":["/k"],"drop":["/d"],
    "families":["locales"],"commands":["sleep 5"],"base_layers":4,"walked":false})");
  ASSERT_TRUE(all) << all.error().what;
  EXPECT_EQ(all->policy, Policy::kFamilies);
  EXPECT_THAT(all->keep, ElementsAre("/k"));
  EXPECT_THAT(all->drop, ElementsAre("/d"));
  EXPECT_THAT(all->families, ElementsAre("locales"));
  EXPECT_THAT(all->commands.at(0).words, ElementsAre("sleep", "5"));
  EXPECT_EQ(all->base_layers, 4U);
  EXPECT_FALSE(all->walked);
}

TEST_F(SettingsFile, JoinsListsAndYieldsInAllElse) {
  const auto both = options(R"({"policy":"families","keep":["/settings"],"base_layers":4})",
                            {"--policy", "strict", "--keep", "/line", "--base-layers", "0"});
  ASSERT_TRUE(both) << both.error().what;
  EXPECT_EQ(both->policy, Policy::kStrict);
  EXPECT_THAT(both->keep, ElementsAre("/line", "/settings"));
  EXPECT_EQ(both->base_layers, 0U);
  EXPECT_FALSE(options(R"({"walked":true})", {"--no-walked"})->walked);
}

TEST_F(SettingsFile, ThatIsBrokenIsNamedWithItsField) {
  for (const auto& [text, field] : {std::pair{R"({"policy":"lax"})", "\"policy\" has to be"},
                                    {R"({"keep":"/a"})", "\"keep\" has to be a list"},
                                    {R"({"polcy":"app"})", "\"polcy\" is none of"},
                                    {"policy: app", "not JSON"}}) {
    const auto broken = options(text);
    ASSERT_FALSE(broken) << text;
    EXPECT_THAT(broken.error().what, AllOf(HasSubstr(directory / "settings.json"), HasSubstr(field)));
  }
  EXPECT_TRUE(options("{}"));
}

TEST_F(SettingsFile, ThatIsNamedHasToBeThere) {
  const auto gone = plan_options(words_of({"--settings", directory / "gone.json"}));
  ASSERT_FALSE(gone);
  EXPECT_THAT(gone.error().what, HasSubstr("gone.json"));
}

TEST_F(SettingsFile, OfAProjectIsFoundInTheWorkingDirectoryAndSaid) {
  const auto policy = [](std::vector<std::string> line) {
    return [line = std::move(line)] {
      const auto options = plan_options(words_of(line));
      return options && write_output("-", to_string(options->policy)) ? 0 : 1;
    };
  };
  const Ran without = in_child(directory, policy({}));
  EXPECT_EQ(without.out, "strict");
  EXPECT_EQ(without.err, "");
  directory.write(kSettings, R"({"policy":"families"})");
  const Ran with = in_child(directory, policy({}));
  EXPECT_EQ(with.out, "families");
  EXPECT_EQ(with.err, "with the settings of .winnow.json\n");
  directory.write("other.json", R"({"policy":"app"})");
  const Ran other = in_child(directory, policy({"--settings", "other.json"}));
  EXPECT_EQ(other.out, "app");
  EXPECT_EQ(other.err, "");  // who named it knows
}

TEST_F(SettingsFile, NamesManifestsBesideThoseOfTheCommandLine) {
  const auto pod = [](const std::string& name, const std::string& program) {
    return "apiVersion: v1\nkind: Pod\nmetadata: {name: " + name +
           "}\nspec:\n  containers:\n  - name: c\n    image: app\n    command: [" + program + "]\n";
  };
  directory.write("one.yaml", pod("one", "/bin/one"));
  directory.write("two.yaml", pod("two", "/bin/two"));
  const auto both =
      options(R"({"manifests":[")" + directory / "two.yaml" + R"("]})", {"--manifest", directory / "one.yaml"});
  ASSERT_TRUE(both) << both.error().what;
  ASSERT_THAT(both->commands, SizeIs(2));
  EXPECT_THAT(both->commands[0].words, ElementsAre("/bin/one"));
  EXPECT_THAT(both->commands[0].from, HasSubstr("one.yaml: Pod one"));
  EXPECT_EQ(both->commands[0].image, "app");
  EXPECT_THAT(both->commands[1].words, ElementsAre("/bin/two"));
  directory.write("two.yaml", "kind: [");
  const auto broken = plan_options(words_of({"--manifest", directory / "two.yaml"}));
  ASSERT_FALSE(broken);
  EXPECT_THAT(broken.error().what, HasSubstr("two.yaml"));
}

}  // namespace
}  // namespace winnow::cli
