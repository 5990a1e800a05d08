// SPDX-License-Identifier: Apache-2.0
// Profiles of idle nodes become one, and nothing that was seen is lost by it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "unit/store/storing.h"
#include "winnow/agent/agent.h"
#include "winnow/store/fetch.h"

namespace winnow {
namespace {

using namespace std::chrono_literals;
using test::fresh;
using test::image_of;
using test::MemoryObjects;
using test::profile_of;
using test::why;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::uint64_t kLongAgo = 1'000'000;

std::uint64_t hours_ago(int hours) {
  const auto then = std::chrono::system_clock::now() - std::chrono::hours(hours);
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(then.time_since_epoch()).count());
}

class Compaction : public ::testing::Test {
 protected:
  // NODE has seen a run of IMAGE that touched PATH.
  void put(const std::string& image, const std::string& node, const std::string& path, std::uint64_t started_ms) {
    AccessProfile profile = profile_of(image, {path, "/shared"}, started_ms);
    profile.runs[0].workload.node = node;
    profile.runs[0].container = node;
    ProfileStore store(objects_);
    ASSERT_TRUE(store.put(fresh(profile, node)));
  }
  std::vector<StoredHead> heads() {
    std::vector<std::string> refused;
    ProfileStore store(objects_);
    return store.list(std::nullopt, refused).value();
  }
  std::vector<std::string> nodes() {
    std::vector<std::string> all;
    for (const StoredHead& head : heads()) all.push_back(head.node);
    return all;
  }
  // What fetch returns of IMAGE.
  std::string fetched(const std::string& image) {
    ProfileStore store(objects_);
    std::vector<StoredHead> of;
    for (const StoredHead& head : heads())
      if (head.image == image_of(image)) of.push_back(head);
    const auto profile = fetch_union(store, of, {});
    return profile ? to_json(*profile) : why(profile);
  }
  Compacted done(const CompactOptions& options = {}) {
    const auto result = compact(objects_, options);
    EXPECT_TRUE(result) << why(result);
    return result.value_or(Compacted{});
  }
  MemoryObjects objects_;
};

TEST_F(Compaction, UnitesIdleNodesAndLeavesTheOthers) {
  put("app", "n1", "/n1", kLongAgo);
  put("app", "n2", "/n2", hours_ago(25));
  put("app", "n3", "/n3", hours_ago(23));
  const std::string before = fetched("app");
  const Compacted result = done();
  EXPECT_EQ(result.images, 1U);
  EXPECT_EQ(result.united, 2U);
  EXPECT_EQ(result.removed, 0U);
  EXPECT_THAT(result.refused, IsEmpty());
  EXPECT_THAT(nodes(), ElementsAre("*", "n3"));
  EXPECT_EQ(fetched("app"), before);
}

TEST_F(Compaction, UnitesEachImageByItself) {
  for (const char* image : {"app", "db"})
    for (const char* node : {"n1", "n2"}) put(image, node, std::string("/") + image + node, kLongAgo);
  const std::string app = fetched("app"), db = fetched("db");
  EXPECT_EQ(done().united, 4U);
  EXPECT_THAT(objects_.objects, SizeIs(2));
  EXPECT_EQ(fetched("app"), app);
  EXPECT_EQ(fetched("db"), db);
}

TEST_F(Compaction, KeepsEveryNameAndManifest) {
  ProfileStore store(objects_);
  const AccessProfile profile = profile_of("app", {"/a"}, kLongAgo);
  ASSERT_TRUE(store.put({{"app:1"}, {Digest::of("m1")}, "n1", &profile}));
  ASSERT_TRUE(store.put({{"app:2"}, {Digest::of("m2")}, "n2", &profile}));
  done();
  ASSERT_THAT(heads(), SizeIs(1));
  EXPECT_THAT(heads()[0].references, ElementsAre("app:1", "app:2"));
  EXPECT_THAT(heads()[0].manifests, SizeIs(2));
}

TEST_F(Compaction, ChangesNothingTheSecondTime) {
  put("app", "n1", "/n1", kLongAgo);
  put("app", "n2", "/n2", kLongAgo);
  done();
  const auto once = objects_.objects;
  objects_.log.clear();
  EXPECT_EQ(done().united, 0U);
  EXPECT_EQ(objects_.objects, once);
  EXPECT_EQ(objects_.count("apply") + objects_.count("status") + objects_.count("remove"), 0U);
}

TEST_F(Compaction, TakesInANodeThatWokeUpAndFellAsleepAgain) {
  put("app", "n1", "/n1", kLongAgo);
  put("app", "n2", "/n2", kLongAgo + 5);
  const std::string before = fetched("app");
  done();
  put("app", "n1", "/n1", kLongAgo);  // all that it has seen
  EXPECT_EQ(fetched("app"), before);
  EXPECT_EQ(done().united, 1U);
  EXPECT_THAT(nodes(), ElementsAre("*"));
  EXPECT_EQ(fetched("app"), before);
}

TEST_F(Compaction, RemovesWhatIsOlderThanItMayBe) {
  put("app", "n1", "/n1", hours_ago(24 * 40));
  put("app", "n2", "/n2", hours_ago(24 * 20));
  put("db", "n1", "/n1", hours_ago(24 * 40));
  EXPECT_EQ(done({.idle = 24h * 365, .ttl = 0ms}).removed, 0U) << "none, if no age is named";
  const Compacted result = done({.idle = 24h * 365, .ttl = 24h * 30});
  EXPECT_EQ(result.removed, 2U);
  EXPECT_THAT(nodes(), ElementsAre("n2"));
}

TEST_F(Compaction, RemovesAUnionWhoseLastRunIsTooOld) {
  put("app", "n1", "/n1", hours_ago(24 * 40));
  put("app", "n2", "/n2", hours_ago(24 * 20));
  done();
  EXPECT_EQ(done({.idle = 24h, .ttl = 24h * 30}).removed, 0U) << "its last run counts";
  EXPECT_EQ(done({.idle = 24h, .ttl = 24h * 10}).removed, 1U);
  EXPECT_THAT(objects_.objects, IsEmpty());
}

TEST_F(Compaction, LeavesAProfileOfWhichItIsNotKnownWhenItRan) {
  put("app", "n1", "/n1", kLongAgo);
  objects_.edit(objects_.objects.begin()->first, [](auto& object) { object.erase("status"); });
  const Compacted result = done({.idle = 1h, .ttl = 1h});
  EXPECT_EQ(result.united + result.removed, 0U);
  EXPECT_THAT(nodes(), ElementsAre("n1"));
}

TEST_F(Compaction, LeavesAndReportsWhatIsDamaged) {
  put("app", "n1", "/n1", kLongAgo);
  put("app", "n2", "/n2", kLongAgo);
  put("app", "n3", "/n3", kLongAgo);
  std::string damaged;
  for (const StoredHead& head : heads())
    if (head.node == "n2") damaged = head.name;
  objects_.edit(damaged, [](auto& object) { object["spec"]["data"] = "AAAA"; });
  objects_.objects["by-hand"] = "{\"no\": \"profile\"}";
  const Compacted result = done();
  EXPECT_EQ(result.united, 2U);
  EXPECT_THAT(result.refused, ElementsAre(HasSubstr("object "), HasSubstr("of node n2: damaged gzip data")));
  EXPECT_THAT(nodes(), ElementsAre("*", "n2"));
  EXPECT_TRUE(objects_.objects.contains("by-hand"));
}

TEST_F(Compaction, LosesNothingWhereverItIsBrokenOff) {
  for (std::size_t calls = 0;; ++calls) {
    objects_ = MemoryObjects();
    put("app", "n1", "/n1", kLongAgo);
    put("app", "n2", "/n2", kLongAgo + 5);
    const std::string before = fetched("app");
    objects_.patience = calls;
    const auto broken = compact(objects_, {});
    objects_.patience.reset();
    EXPECT_EQ(fetched("app"), before) << "after " << calls << " calls";
    done();
    EXPECT_EQ(fetched("app"), before);
    EXPECT_THAT(nodes(), ElementsAre("*"));
    if (broken) {
      EXPECT_GT(calls, 5U);
      break;
    }
  }
}

TEST_F(Compaction, LeavesAProfileThatWasWrittenMeanwhile) {
  put("app", "n1", "/n1", kLongAgo);
  put("app", "n2", "/n2", kLongAgo);
  objects_.before_write = [this] { put("app", "n2", "/new", hours_ago(0)); };
  done();
  EXPECT_THAT(nodes(), ElementsAre("*", "n2"));
  EXPECT_THAT(fetched("app"), HasSubstr("/new"));
}

TEST_F(Compaction, OfAStoreThatFailsIsAnError) {
  put("app", "n1", "/n1", kLongAgo);
  objects_.patience = 0;
  EXPECT_THAT(why(compact(objects_, {})), HasSubstr("the store is away"));
}

}  // namespace
}  // namespace winnow
