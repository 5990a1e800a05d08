// SPDX-License-Identifier: Apache-2.0
// The table of calls proves itself: each row is really called, by its number, and what it named is recorded.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <span>

#include "real_calls.h"

namespace winnow::test {
namespace {

struct Row {
  long number;
  std::string_view function;
};

#define CALL(number, function, ...) {number, #function},
#define OPENS CALL
#define LOOKS CALL
constexpr Row kRows[] = {
#if defined(__x86_64__)
#include "calls/x86_64.h"
#else
#include "calls/arm64.h"
#endif
#include "calls/common.h"
};
#if defined(__x86_64__)  // a 64-bit process can make the calls of 32 bits as well
constexpr Row kRows32[] = {
#include "calls/common.h"
#include "calls/i386.h"
};
#endif
#undef CALL
#undef OPENS
#undef LOOKS

class Rows : public BpfTest {
 protected:
  // None is the beginning of another.
  static std::string directory_of(const Row& row) { return fmt::format("{}-{}", row.number, row.function); }
  // Calls each row in a directory of its own.
  void call(std::span<const Row> rows, bool compat) {
    std::vector<RealCall> known = plain_calls();
    for (auto& more : prepared_calls()) known.push_back(std::move(more));
    std::map<std::string_view, int> ended;
    for (const Row& row : rows) {
      const auto found = std::ranges::find_if(known, [&](const RealCall& one) { return one.is_of(row.function); });
      ASSERT_NE(found, known.end()) << row.function << " is in the table, and no real call of it here";
      const std::string name = directory_of(row);
      Place::furnish(tree, name);
      ended[row.function] = group->run([&] {
        Place place(row.number, compat, tree.at(name));
        found->make(place);
      });
    }
    const AccessProfile seen = profile();
    for (const Row& row : rows) {
      const auto made = std::ranges::find_if(known, [&](const RealCall& one) { return one.is_of(row.function); });
      if (ended[row.function] == kAbsent) {
        fmt::print("this kernel has no {}\n", row.function);
        continue;
      }
      EXPECT_EQ(ended[row.function], 0) << row.function;
      EXPECT_EQ(lines_of(seen, tree.at(directory_of(row))), made->seen) << row.function;
    }
  }
};

TEST_F(Rows, EachIsRecordedWithWhatItNames) { call(kRows, false); }

TEST_F(Rows, EachOfThe32BitOnesToo) {
#if defined(__x86_64__)
  const int works = group->run([] {
    Place place(20, true, "");  // getpid
    if (place.call({}) != ::getpid()) ::_exit(1);
  });
  if (works != 0) GTEST_SKIP() << "this kernel makes no 32-bit calls";
  call(kRows32, true);
#else
  GTEST_SKIP() << "needs x86: a 64-bit process cannot make 32-bit calls elsewhere";
#endif
}

}  // namespace
}  // namespace winnow::test
