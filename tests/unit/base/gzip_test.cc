// SPDX-License-Identifier: Apache-2.0
// gzip in memory: what comes back, and what is refused.
#include "winnow/base/gzip.h"

#include <gtest/gtest.h>

#include <string>

namespace winnow {
namespace {

constexpr std::size_t kMost = std::size_t{1} << 20;

TEST(Gzip, ComesBackAsItWas) {
  for (const std::string& bytes : {std::string(), std::string("a\0b", 3), std::string(kMost, 'x')}) {
    const auto small = gzip(bytes);
    ASSERT_TRUE(small) << small.error().what;
    EXPECT_TRUE(small->starts_with("\x1f\x8b"));
    const auto again = gunzip(*small, kMost);
    ASSERT_TRUE(again) << again.error().what;
    EXPECT_EQ(*again, bytes);
  }
}

TEST(Gzip, HoldsNoMoreThanIsAllowed) {
  const auto small = gzip(std::string(kMost + 1, '\0'));
  ASSERT_TRUE(small);
  const auto much = gunzip(*small, kMost);
  ASSERT_FALSE(much);
  EXPECT_EQ(much.error().what, "it unpacks to more than 1.0 MB");
  EXPECT_TRUE(gunzip(*small, kMost + 1));
}

TEST(Gzip, IsNoneIfItIsCutOffOrDamagedOrSomethingElse) {
  const auto small = gzip("what there was");
  ASSERT_TRUE(small);
  for (std::size_t size = 0; size < small->size(); ++size) EXPECT_FALSE(gunzip(small->substr(0, size), kMost)) << size;
  std::string damaged = *small;
  damaged[small->size() - 5] ^= 1;  // of its checksum
  EXPECT_FALSE(gunzip(damaged, kMost));
  EXPECT_FALSE(gunzip("what there was", kMost));
}

}  // namespace
}  // namespace winnow
