// SPDX-License-Identifier: Apache-2.0
// Users and groups of an image, by name and by number.
#include "winnow/base/passwd.h"

#include <gtest/gtest.h>

#include <string>

namespace winnow {
namespace {

constexpr std::string_view kPasswd =
    "root:x:0:0::/root:/bin/sh\n"
    "broken:x:7\n"
    "seven:x:7:7::/seven:\n"
    "8:x:9:9::/called-8:\n"
    "eight:x:8:8::/eight:\n"
    "::5:5::/nobody:";

std::string home_of(std::string_view who) {
  const auto line = database_line(kPasswd, who, 6);
  return line ? std::string((*line)[5]) : "none";
}

TEST(DatabaseLine, IsFoundByNameAndByNumber) {
  EXPECT_EQ(home_of("seven"), "/seven");
  EXPECT_EQ(home_of("7"), "/seven");
  EXPECT_EQ(home_of("0"), "/root");
}

TEST(DatabaseLine, IsOfTheNameBeforeTheNumber) { EXPECT_EQ(home_of("8"), "/called-8"); }

TEST(DatabaseLine, IsNoneOfTooFewFieldsNorOfNobody) {
  EXPECT_EQ(home_of("broken"), "none");
  EXPECT_EQ(home_of(""), "none");
  EXPECT_EQ(home_of("6"), "none");
  EXPECT_FALSE(database_line("", "root", 3));
}

TEST(IdOf, TakesWhatChownTakes) {
  EXPECT_EQ(id_of("0"), 0U);
  EXPECT_EQ(id_of("2147483647"), 2147483647U);
  for (const std::string_view none : {"", "-1", "2147483648", "4294967296", "7x", " 7", "+7"})
    EXPECT_FALSE(id_of(none)) << none;
}

TEST(FieldsOf, KeepEmptyOnes) {
  EXPECT_EQ(fields_of("a::b:", ':'), (std::vector<std::string_view>{"a", "", "b", ""}));
  EXPECT_EQ(fields_of("a", ':').size(), 1U);
}

}  // namespace
}  // namespace winnow
