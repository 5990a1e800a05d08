// SPDX-License-Identifier: Apache-2.0
// Programs that walk over a tree and want nothing of it: what is kept for them, and what is not.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/planning.h"

namespace winnow {
namespace {

using test::keeps;
using test::plan_of;
using test::Touch;
using test::warns;

// 200 files below /app, which find(1) walks over and chown(1) is given; the server opens one of them.
struct Walked {
  std::string image = "f 0644 0:0 1 /srv/other\nf 0755 0:0 1 /app/run.sh shebang=/bin/perl\nf 0755 0:0 1 /bin/perl\n";
  std::vector<Touch> touches = {{"/app", Kinds(Kind::kOpen) |= Kind::kList, "/usr/bin/find"},
                                {"/app/files", Kinds(Kind::kOpen) |= Kind::kList, "/usr/bin/find"},
                                {"/app/run.sh", Kind::kLstat, "/usr/bin/find"},
                                {"/app/files/7", Kind::kOpen, "/usr/bin/server"}};
  explicit Walked(int seen = 200) {
    for (int i = 0; i < 200; ++i) {
      const std::string path = "/app/files/" + std::to_string(i);
      image += "f 0644 0:0 10000 " + path + "\n";
      if (i >= seen) continue;
      touches.push_back({path, Kind::kLstat, "/usr/bin/find"});
      touches.push_back({path, Kind::kStat, "/bin/chown", 1});
    }
  }
};

PlanOptions without_walked() {
  PlanOptions options;
  options.walked = false;
  return options;
}

TEST(Walked, SaysWhatIsKeptOnlyBecauseAProgramWalkedOverIt) {
  Walked walked;
  walked.touches.push_back({"/app", Kind::kList, "/bin/chown", 1});
  const auto spec = plan_of(walked.image, walked.touches);
  EXPECT_TRUE(keeps(spec, "/app/files/8"));
  EXPECT_FALSE(keeps(spec, "/bin/perl")) << "what is only looked at needs nothing";
  EXPECT_TRUE(warns(spec, "200 files (2.0 MB) are kept only because /usr/bin/find walked over them; --no-walked"))
      << spec.warnings.front();
}

TEST(Walked, LeavesItOutIfNobodyWantsIt) {
  Walked walked;
  walked.touches.push_back({"/app", Kind::kList, "/bin/chown", 1});
  const auto spec = plan_of(walked.image, walked.touches, without_walked());
  EXPECT_FALSE(keeps(spec, "/app/files/8"));
  EXPECT_TRUE(keeps(spec, "/app/files/7")) << "the server opened it";
  EXPECT_FALSE(warns(spec, "walked over"));
}

TEST(Walked, TakesNothingForAWalkThatIsNone) {
  // Some of the files; a program that opens one of them itself; one that another program looked at, too.
  const Walked some(100);
  EXPECT_TRUE(keeps(plan_of(some.image, some.touches, without_walked()), "/app/files/8"));
  Walked opens;
  opens.touches.push_back({"/app", Kind::kList, "/bin/chown", 1});
  opens.touches.push_back({"/app/files/late", Kind::kOpen, "/usr/bin/find"});
  opens.image += "f 0644 0:0 1 /app/files/late\n";
  EXPECT_TRUE(keeps(plan_of(opens.image, opens.touches, without_walked()), "/app/files/8"));
  Walked looks;
  looks.touches.push_back({"/app", Kind::kList, "/bin/chown", 1});
  looks.touches.push_back({"/app/files/9", Kind::kStat, "/usr/bin/server"});
  const auto spec = plan_of(looks.image, looks.touches, without_walked());
  EXPECT_TRUE(keeps(spec, "/app/files/9"));
  EXPECT_FALSE(keeps(spec, "/app/files/8"));
}

}  // namespace
}  // namespace winnow
