// SPDX-License-Identifier: Apache-2.0
// Errors on their way out of a function.
#include "winnow/base/error.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>

namespace winnow {
namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return fail(std::to_string(number) + " is odd", "give an even one");
  return number / 2;
}

Result<int> quarter(int number) {
  TRY(const auto once, half(number));
  TRY(auto twice, half(once));
  return twice;
}

TEST(Try, IsTheValueOrReturnsTheErrorAsItIs) {
  EXPECT_EQ(quarter(12).value(), 3);
  const auto first = quarter(3);
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().what, "3 is odd");
  EXPECT_EQ(first.error().hint, "give an even one");
  EXPECT_EQ(quarter(6).error().what, "3 is odd");
}

TEST(Try, KeepsTheKindOfTheFault) {
  const auto asked = []() -> Result<int> { return std::unexpected(Error::usage("no such option")); };
  const auto through = [&]() -> Result<std::string> {
    TRY(const int number, asked());
    return std::to_string(number);
  };
  EXPECT_EQ(through().error().fault, Fault::kUsage);
}

TEST(Try, MovesValuesThatCannotBeCopied) {
  const auto make = [](bool well) -> Result<std::unique_ptr<int>> {
    if (!well) return fail("none");
    return std::make_unique<int>(7);
  };
  const auto use = [&](bool well) -> Result<std::unique_ptr<int>> {
    std::unique_ptr<int> there;
    TRY(there, make(well));  // a variable that is there already
    TRY(auto made, make(well));
    *made += *there;
    return made;
  };
  EXPECT_EQ(*use(true).value(), 14);
  EXPECT_EQ(use(false).error().what, "none");
}

TEST(Try, TakesExpressionsWithCommas) {
  const auto make = [](std::initializer_list<int> list) -> Result<std::map<int, int>> {
    std::map<int, int> all;
    for (const int one : list) all.emplace(one, one);
    return all;
  };
  const auto size = [&]() -> Result<std::size_t> {
    TRY(const auto all, make({1, 2, 3}));
    TRY_DO(make({1, 2}));
    return all.size();
  };
  EXPECT_EQ(size().value(), 3U);
}

TEST(TryDo, GoesOnOrReturnsTheErrorAndStandsWhereAStatementDoes) {
  int steps = 0;
  const auto step = [&](bool well) -> Result<void> {
    ++steps;
    if (!well) return fail("step " + std::to_string(steps));
    return {};
  };
  const auto run = [&](std::initializer_list<bool> all) -> Result<std::string> {
    for (const bool well : all) TRY_DO(step(well));
    if (all.size() == 0)
      TRY_DO(half(1));
    else
      TRY_DO(half(2));
    return "done";
  };
  EXPECT_EQ(run({true, true}).value(), "done");
  EXPECT_EQ(steps, 2);
  EXPECT_EQ(run({true, false, true}).error().what, "step 4");
  EXPECT_EQ(steps, 4);
  EXPECT_EQ(run({}).error().what, "1 is odd");
}

}  // namespace
}  // namespace winnow
