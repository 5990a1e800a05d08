// SPDX-License-Identifier: Apache-2.0
// A project's settings: what they can say, and the error that names what is wrong.
#include "winnow/plan/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace winnow {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string error_of(std::string_view text) {
  const auto settings = settings_from_json(text);
  return settings ? "" : settings.error().what;
}

TEST(Settings, SayAllThatAPlanCanBeToldForAProject) {
  const auto settings = settings_from_json(
      R"({"schema": "winnow.settings/1", "policy": "families", "keep": ["/a"], "drop": ["/b", "/c"], "families": ["plugins"],
          "commands": ["sleep 5"], "manifests": ["pod.yaml"], "base_layers": 2, "walked": false})");
  ASSERT_TRUE(settings) << settings.error().what;
  EXPECT_EQ(settings->policy, Policy::kFamilies);
  EXPECT_THAT(settings->keep, ElementsAre("/a"));
  EXPECT_THAT(settings->drop, ElementsAre("/b", "/c"));
  EXPECT_THAT(settings->families, ElementsAre("plugins"));
  EXPECT_THAT(settings->commands, ElementsAre("sleep 5"));
  EXPECT_THAT(settings->manifests, ElementsAre("pod.yaml"));
  EXPECT_EQ(settings->base_layers, 2U);
  EXPECT_FALSE(settings->walked);
}

TEST(Settings, OfNothingChangeNothing) {
  const auto settings = settings_from_json("{}");
  ASSERT_TRUE(settings);
  EXPECT_FALSE(settings->policy);
  EXPECT_FALSE(settings->base_layers);
  EXPECT_THAT(settings->keep, IsEmpty());
  EXPECT_TRUE(settings->walked);
}

TEST(Settings, NameTheFieldThatIsWrong) {
  EXPECT_THAT(error_of("not JSON"), HasSubstr("not JSON of the form"));
  EXPECT_THAT(error_of("[]"), HasSubstr("has to be an object"));
  EXPECT_THAT(error_of(R"({"schema": "winnow.settings/2"})"), HasSubstr("\"winnow.settings/1\""));
  EXPECT_THAT(error_of(R"({"policy": "all"})"), HasSubstr("strict, families or app"));
  EXPECT_THAT(error_of(R"({"keep": "/a"})"), HasSubstr("\"keep\" has to be a list of strings"));
  EXPECT_THAT(error_of(R"({"drop": [1]})"), HasSubstr("\"drop\" has to be a list of strings"));
  EXPECT_THAT(error_of(R"({"base_layers": -1})"), HasSubstr("\"base_layers\""));
  EXPECT_THAT(error_of(R"({"walked": 1})"), HasSubstr("\"walked\""));
  EXPECT_THAT(error_of(R"({"polices": []})"), HasSubstr("\"polices\" is none of"));
}

}  // namespace
}  // namespace winnow
