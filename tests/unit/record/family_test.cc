// SPDX-License-Identifier: Apache-2.0
// Which process of a container the others are descended from.
#include <gtest/gtest.h>
#include <unistd.h>

#include "record/snapshot.h"

namespace winnow::record {
namespace {

TEST(Topmost, IsTheLastForebearThatIsKnown) {
  const std::map<pid_t, pid_t> parents = {{10, 1}, {11, 10}, {12, 11}, {20, 1}};
  EXPECT_EQ(topmost(parents, 12), 10);
  EXPECT_EQ(topmost(parents, 10), 10);
  EXPECT_EQ(topmost(parents, 20), 20);
  EXPECT_EQ(topmost(parents, 99), 99);
}

TEST(Topmost, EndsWhereReusedNumbersMakeACircle) {
  const std::map<pid_t, pid_t> parents = {{10, 11}, {11, 10}, {12, 11}, {13, 13}};
  for (const pid_t pid : {10, 11, 12}) EXPECT_TRUE(topmost(parents, pid) == 10 || topmost(parents, pid) == 11);
  EXPECT_EQ(topmost(parents, 13), 13);
}

TEST(FirstAmong, IsTheParentAndNothingWhereAllHaveEnded) {
  EXPECT_EQ(first_among({::getpid()}), ::getpid());
  EXPECT_EQ(first_among({}), 0);
}

}  // namespace
}  // namespace winnow::record
