// SPDX-License-Identifier: Apache-2.0
// JSON text is read from front to back, and refused with the line where it is not what was expected.
#include "winnow/base/json_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace winnow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

// What READ is refused with; empty if it is not.
std::string refusal(std::string_view text, const std::function<void(JsonText&)>& read) {
  JsonText in(text);
  try {
    read(in);
    in.end();
    return "";
  } catch (const Refused& refused) {
    return refused.what;
  }
}

template <std::integral T>
std::string refusal_of(std::string_view number) {
  return refusal(number, [](JsonText& in) { (void)in.integer<T>(); });
}

TEST(JsonInteger, IsReadUpToTheLimitsOfItsType) {
  EXPECT_EQ(JsonText("255").integer<std::uint8_t>(), 255);
  EXPECT_EQ(JsonText(" -128").integer<std::int8_t>(), -128);
  EXPECT_EQ(JsonText("-0").integer<std::uint32_t>(), 0U);
  EXPECT_EQ(JsonText("18446744073709551615").integer<std::uint64_t>(), UINT64_MAX);
  EXPECT_EQ(JsonText("-9223372036854775808").integer<std::int64_t>(), INT64_MIN);
  EXPECT_EQ(JsonText("9223372036854775807").integer<std::int64_t>(), INT64_MAX);
}

TEST(JsonInteger, IsRefusedBeyondThem) {
  EXPECT_THAT(refusal_of<std::uint8_t>("256"), HasSubstr("out of its range: 256"));
  EXPECT_THAT(refusal_of<std::int8_t>("-129"), HasSubstr("out of its range: -129"));
  EXPECT_THAT(refusal_of<std::uint32_t>("-1"), HasSubstr("out of its range: -1"));
  EXPECT_THAT(refusal_of<std::int64_t>("9223372036854775808"), HasSubstr("out of its range"));
  EXPECT_THAT(refusal_of<std::int64_t>("-9223372036854775809"), HasSubstr("out of its range"));
  EXPECT_THAT(refusal_of<std::uint64_t>("18446744073709551616"), HasSubstr("below 2^64"));
}

TEST(JsonInteger, IsNoFractionAndHasNoBlankBehindItsSign) {
  EXPECT_EQ(refusal_of<int>("5"), "");
  for (const char* text : {"5.0", "5e1", "05", "- 5", "-", "--5", "+5", "\"5\"", "null", "", "0x5"})
    EXPECT_NE(refusal_of<int>(text), "") << text;
}

struct Read {
  std::vector<std::size_t> fields;
  std::string refused;
};

// Reads an object of "a" and "b", which have to be there, and "c".
Read read_fields(std::string_view text, const std::function<bool(JsonText&, std::string_view)>& other = {}) {
  constexpr std::string_view kNames[] = {"a", "b", "c"};
  Read read;
  read.refused = refusal(text, [&](JsonText& in) {
    JsonFields fields(in, "the thing", kNames, 2, [&](std::string_view name) { return other && other(in, name); });
    while (const auto field = fields.next()) {
      read.fields.push_back(*field);
      in.skip();
    }
  });
  return read;
}

TEST(JsonFields, ComeInAnyOrderAndOthersAreSkipped) {
  const Read read = read_fields(R"({"c": [1, {"a": 2}], "x": {"b": [null]}, "b": -1.5e3, "a": "t"})");
  EXPECT_EQ(read.refused, "");
  EXPECT_THAT(read.fields, ElementsAre(2, 1, 0));
}

TEST(JsonFields, AreRefusedIfOneIsMissingOrThereTwice) {
  EXPECT_THAT(read_fields("{\"c\": 1,\n\"a\": 1}").refused,
              AllOf(StartsWith("line 2"), HasSubstr("the thing has no \"b\"")));
  EXPECT_THAT(read_fields(R"({"a": 1, "b": 1, "a": 1})").refused, HasSubstr("the thing has \"a\" twice"));
  EXPECT_THAT(read_fields(R"([])").refused, HasSubstr("expected an object"));
  EXPECT_THAT(read_fields(R"({"a": 1 "b": 1})").refused, HasSubstr("expected ',' or '}'"));
  EXPECT_THAT(read_fields(R"({"a": 1, "b": 1,})").refused, HasSubstr("expected a string"));
}

TEST(JsonFields, WithOtherNamesAreOfferedToTheCaller) {
  std::string others;
  const auto other = [&](JsonText& in, std::string_view name) {
    if (name != "x") return false;
    others += in.string();
    return true;
  };
  const Read read = read_fields(R"({"x": "one", "a": 1, "y": "skipped", "b": 1, "x": "two"})", other);
  EXPECT_EQ(read.refused, "");
  EXPECT_EQ(others, "onetwo");
  EXPECT_THAT(read.fields, ElementsAre(0, 1));
}

TEST(JsonSchema, IsFoundWhereverItStandsAndOnlyInAnObject) {
  EXPECT_EQ(schema_of(R"({"a": {"schema": "inner"}, "schema": "outer", "b": [)"), "outer");
  for (const char* text : {"", "[]", "{}", R"({"schema": 7})", R"({"a": [})", R"(["schema", "x"])"})
    EXPECT_EQ(schema_of(text), "") << text;
}

TEST(JsonDepth, IsBoundedBeforeATextIsParsed) {
  EXPECT_NO_THROW(require_depth(R"([[{"a": "[[[[[["}]])", 3));
  EXPECT_NO_THROW(require_depth(R"([[], [], "\"[[[", {}])", 2));
  EXPECT_THROW(require_depth(R"([[{"a": "[[[[[["}]])", 2), std::invalid_argument);
  EXPECT_THROW(require_depth(std::string(100'000, '['), 64), std::invalid_argument);
  EXPECT_THAT(refusal(std::string(100'000, '['), [](JsonText& in) { in.skip(); }), HasSubstr("nested too deeply"));
}

}  // namespace
}  // namespace winnow
