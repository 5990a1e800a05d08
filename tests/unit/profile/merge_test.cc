// SPDX-License-Identifier: Apache-2.0
// What makes a union a union: neither order, grouping nor repetition of profiles changes a byte.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <tuple>

#include "winnow/base/digest.h"
#include "winnow/profile/profile.h"

namespace winnow {
namespace {

// A profile of a few runs with a few of a dozen paths, made by chance, as a hostile or an old writer may order them.
AccessProfile profile_by_chance(std::mt19937& chance) {
  const auto below = [&](std::uint32_t limit) { return static_cast<std::uint32_t>(chance() % limit); };
  AccessProfile profile;
  profile.image = {below(3) == 0 ? "" : "app:" + std::to_string(below(3)), Digest::of("app")};
  const std::uint32_t runs = 1 + below(4);
  for (std::uint32_t run = 0; run < runs; ++run) {
    auto& one = profile.runs.emplace_back();
    one.started_ms = below(6);
    one.container = "c" + std::to_string(below(3));
    one.lost.truncated = below(4) == 0 ? 1 : 0;
  }
  for (int i = 0; i < 12; ++i) {
    Access access;
    access.path = "/" + std::to_string(below(12));
    access.resolved = below(2) == 0 ? "" : access.path;
    access.kinds = below(2) == 0 ? Kind::kOpen : Kind::kStat;
    access.other_mount = below(3) == 0;
    access.unresolved = below(6) == 0;
    access.first_ms = below(4);
    access.by = "/bin/" + std::to_string(below(3));
    access.argv0 = std::to_string(below(2));
    access.also_by = {"/bin/" + std::to_string(below(3))};
    if (below(3) == 0) {
      access.kinds |= Kind::kList;
      access.listed_by = {below(2) == 0 ? access.by : *access.also_by.begin()};
    }
    access.from = below(3) == 0 ? Actor::kExec : Actor::kWorkload;
    for (std::uint32_t run = 0; run < runs; ++run)
      if (below(2) == 0) access.runs.insert(run);
    profile.add(access);
  }
  return profile;
}

AccessProfile united(const std::vector<AccessProfile>& profiles) {
  AccessProfile all;
  all.image = profiles.at(0).image;
  for (const AccessProfile& profile : profiles) EXPECT_TRUE(all.merge(profile));
  return all;
}

TEST(Merge, GivesTheSameBytesInWhateverOrderProfilesCome) {
  std::mt19937 chance(1);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same on every machine
  for (int round = 0; round < 60; ++round) {
    std::vector<AccessProfile> profiles;
    for (int i = 0; i < 5; ++i) profiles.push_back(profile_by_chance(chance));
    const std::string expected = to_json(united(profiles));
    std::ranges::shuffle(profiles, chance);
    EXPECT_EQ(to_json(united(profiles)), expected);
  }
}

TEST(Merge, GivesTheSameBytesHoweverProfilesAreGroupedAndRepeated) {
  std::mt19937 chance(2);  // NOLINT(cert-msc32-c,cert-msc51-cpp)
  for (int round = 0; round < 60; ++round) {
    const auto a = profile_by_chance(chance), b = profile_by_chance(chance), c = profile_by_chance(chance);
    const std::string expected = to_json(united({a, b, c}));
    EXPECT_EQ(to_json(united({united({a, b}), c})), expected);
    EXPECT_EQ(to_json(united({a, united({b, c})})), expected);
    EXPECT_EQ(to_json(united({a, b, c, b, a, united({b, c})})), expected);
    const auto read = profile_from_json(expected);
    ASSERT_TRUE(read) << read.error().what;
    EXPECT_EQ(to_json(united({*read, a, *read})), expected);
  }
}

TEST(Merge, NamesForEachPathTheRunsThatTouchedIt) {
  std::mt19937 chance(3);                                                      // NOLINT(cert-msc32-c,cert-msc51-cpp)
  using Seen = std::set<std::tuple<std::string, std::uint64_t, std::string>>;  // a path, and what tells runs apart
  const auto seen = [](const AccessProfile& profile) {
    Seen all;
    for (const auto& [key, access] : profile.accesses)
      for (const auto& range : access.runs.ranges())
        for (std::uint32_t run = range.first; run <= range.last; ++run)
          all.emplace(key.first + "\n" + key.second, profile.runs.at(run).started_ms, profile.runs.at(run).container);
    return all;
  };
  for (int round = 0; round < 40; ++round) {
    std::vector<AccessProfile> profiles;
    Seen expected;
    for (int i = 0; i < 6; ++i) {
      profiles.push_back(profile_by_chance(chance));
      expected.merge(seen(profiles.back()));
    }
    EXPECT_EQ(seen(united(profiles)), expected);
  }
}

TEST(Merge, StaysPartialForTheReasonsOfEachPart) {
  AccessProfile whole, lossy;
  whole.runs.emplace_back().started_ms = 2;
  lossy.runs.emplace_back().started_ms = 1;
  lossy.runs[0].lost.truncated = 5;
  ASSERT_TRUE(whole.merge(lossy));
  ASSERT_EQ(whole.partial_reasons().size(), 1U);
  EXPECT_TRUE(whole.partial_reasons()[0].starts_with("5 paths")) << whole.partial_reasons()[0];
  // Counts that would wrap around to nothing do not.
  AccessProfile huge;
  huge.runs.emplace_back().lost.truncated = UINT64_MAX - 4;
  ASSERT_TRUE(whole.merge(huge));
  EXPECT_EQ(whole.partial_reasons().size(), 1U);
}

TEST(Merge, OfDifferentImagesIsOfNoImageInWhateverOrder) {
  AccessProfile one, other, cgroup;
  one.image = {"app:1", Digest::of("one")};
  other.image = {"app:2", Digest::of("other")};
  EXPECT_FALSE(AccessProfile(one).merge(other));
  EXPECT_FALSE(AccessProfile(one).merge(cgroup)) << "an image that is not known may be any";
  EXPECT_TRUE(AccessProfile(cgroup).merge(cgroup));
  AccessProfile a = one, b = other;
  ASSERT_TRUE(a.merge(other, true));
  ASSERT_TRUE(b.merge(one, true));
  EXPECT_EQ(to_json(a), to_json(b));
  EXPECT_FALSE(a.image.id.valid());
  ASSERT_TRUE(a.merge(one, true));
  EXPECT_FALSE(a.image.id.valid());
}

TEST(Merge, HoldsAThousandRunsOfAPathAsOneRange) {
  AccessProfile all;
  for (std::uint64_t run = 1000; run-- > 0;) {
    AccessProfile one;
    one.runs.emplace_back().started_ms = run;
    Access access;
    access.path = "/a";
    access.kinds = Kind::kOpen;
    access.runs = {0};
    one.add(access);
    ASSERT_TRUE(all.merge(one));
  }
  EXPECT_EQ(all.accesses.begin()->second.runs.ranges(), (std::vector<RunSet::Range>{{0, 999}}));
  EXPECT_NE(to_json(all).find("\"runs\": \"0-999\""), std::string::npos);
}

TEST(RunSet, IsTheSetThatWasPutIn) {
  std::mt19937 chance(4);  // NOLINT(cert-msc32-c,cert-msc51-cpp)
  for (int round = 0; round < 200; ++round) {
    RunSet runs, more;
    std::set<std::uint32_t> expected;
    for (int i = 0; i < 60; ++i) {
      const auto first = static_cast<std::uint32_t>(chance() % 200);
      const auto last = first + static_cast<std::uint32_t>(chance() % 4);
      (i % 2 == 0 ? runs : more).insert(first, last);
      for (std::uint32_t run = first; run <= last; ++run) expected.insert(run);
    }
    runs.merge(more);
    std::set<std::uint32_t> actual;
    std::uint64_t least = 0;
    for (const auto& [first, last] : runs.ranges()) {
      EXPECT_GE(first, least) << "there is a gap between any two ranges";
      least = std::uint64_t{last} + 2;
      for (std::uint32_t run = first; run <= last; ++run) actual.insert(run);
    }
    EXPECT_EQ(actual, expected);
    EXPECT_EQ(runs.size(), expected.size());
  }
  RunSet edge = {0, UINT32_MAX};
  edge.insert(UINT32_MAX - 1);
  EXPECT_EQ(edge.size(), 3U);
}

}  // namespace
}  // namespace winnow
