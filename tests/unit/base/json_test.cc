// SPDX-License-Identifier: Apache-2.0
// nlohmann's parser through its door: both kinds of values, and text that is not JSON.
#include "winnow/base/json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace winnow {
namespace {

template <typename Json>
class ParseJson : public ::testing::Test {};
using Kinds = ::testing::Types<nlohmann::json, nlohmann::ordered_json>;
TYPED_TEST_SUITE(ParseJson, Kinds);

TYPED_TEST(ParseJson, ReadsWhatIsJson) {
  for (const char* text : {R"({"a":[1,"b",null]})", "[]", "7", "\"\""}) {
    EXPECT_EQ(parse_json<TypeParam>(text).dump(), text);
    EXPECT_EQ(parse_if_json<TypeParam>(text).dump(), text);
  }
}

TYPED_TEST(ParseJson, RefusesWhatIsNotAsItsNameSays) {
  for (const char* text : {"", "{", "[1,]", "{} x", "\"\xff\"", "nul"}) {
    EXPECT_THROW((void)parse_json<TypeParam>(text), nlohmann::json::parse_error) << text;
    const auto value = parse_if_json<TypeParam>(text);
    EXPECT_TRUE(value.is_discarded()) << text;
    EXPECT_FALSE(value.is_structured()) << text;
  }
}

}  // namespace
}  // namespace winnow
