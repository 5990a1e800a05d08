// SPDX-License-Identifier: Apache-2.0
// What a guard reports: each thing once, losses when they have doubled, and nothing to a reader that has gone.
#include "prove/guard_lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "simulated_bench.h"

namespace winnow::test {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class Reader : public GuardReader {
 public:
  std::vector<nlohmann::json> lines;
  bool gone = false;
  [[nodiscard]] bool interrupted() const override { return false; }
  Result<void> take(std::string_view line) override {
    if (gone) return fail("writing: Broken pipe");
    lines.push_back(nlohmann::json::parse(line));
    return {};
  }
  Result<void> is_there() override { return {}; }
  void on_note(const std::string&) override {}
};

class GuardLinesTest : public ::testing::Test {
 protected:
  GuardLinesTest()
      : source(index_from_text("f 0755 0:0 5 /usr/bin/app\nf 0644 0:0 7 /etc/a\nf 0644 0:0 7 /etc/b")),
        spec(make_plan(source, watched({{"/usr/bin/app", Kind::kExec}}), {}).value()),
        lines("we\nb", spec, source, reader) {}

  static AccessProfile watched(const std::vector<std::pair<std::string, Kind>>& accesses, std::uint64_t lost = 0) {
    AccessProfile profile;
    winnow::Run run;
    run.started_ms = 1'000;
    run.lost.buffers_full = lost;
    profile.runs = {run};
    for (const auto& [path, kind] : accesses) {
      Access access;
      access.path = path;
      access.kinds = kind;
      access.by = "/usr/bin/app";
      access.first_ms = 234;
      access.runs = {0};
      profile.add(access);
    }
    return profile;
  }

  Reader reader;
  Index source;
  KeepSpec spec;
  GuardLines lines;
};

TEST_F(GuardLinesTest, WhatIsMissingIsReportedOnceWithTheTimeItWasAskedFor) {
  ASSERT_TRUE(lines.take(watched({{"/etc/a", Kind::kMiss}})));
  ASSERT_TRUE(lines.take(watched({{"/etc/a", Kind::kMiss}, {"/etc/b", Kind::kMiss}})));
  lines.begin_anew();
  ASSERT_TRUE(lines.take(watched({{"/etc/b", Kind::kMiss}})));
  ASSERT_THAT(reader.lines, SizeIs(2));
  EXPECT_EQ(reader.lines[0].at("event"), "missing");
  EXPECT_EQ(reader.lines[0].at("path"), "/etc/a");
  EXPECT_EQ(reader.lines[0].at("ts"), "1970-01-01T00:00:01.234Z");
  EXPECT_EQ(reader.lines[0].at("container"), "we\nb");
  EXPECT_EQ(reader.lines[1].at("path"), "/etc/b");
  EXPECT_EQ(lines.missing(), 2U);
}

TEST_F(GuardLinesTest, WhatTheSourceImageHasNotEitherIsNothing) {
  ASSERT_TRUE(lines.take(watched({{"/etc/neither", Kind::kMiss}, {"/usr/bin/app", Kind::kExec}})));
  EXPECT_THAT(reader.lines, IsEmpty());
}

TEST_F(GuardLinesTest, LossesAreReportedWhenTheyHaveDoubled) {
  for (const std::uint64_t lost : {0U, 3U, 4U, 5U, 6U, 11U, 12U}) ASSERT_TRUE(lines.take(watched({}, lost)));
  ASSERT_THAT(reader.lines, SizeIs(3));
  EXPECT_EQ(reader.lines[0].at("lost"), 3);
  EXPECT_EQ(reader.lines[1].at("lost"), 6);
  EXPECT_EQ(reader.lines[2].at("lost"), 12);
  EXPECT_THAT(reader.lines[0].at("reasons"), SizeIs(1));
  EXPECT_EQ(lines.lost(), 12U);
}

TEST_F(GuardLinesTest, LossesOfEarlierWatchesAreAddedUp) {
  ASSERT_TRUE(lines.take(watched({}, 5)));
  lines.begin_anew();
  ASSERT_TRUE(lines.take(watched({}, 1)));
  EXPECT_EQ(lines.lost(), 6U);
  EXPECT_THAT(reader.lines, SizeIs(2)) << "one is a new loss of the new watch";
}

TEST_F(GuardLinesTest, AReaderThatHasGoneIsAnError) {
  reader.gone = true;
  EXPECT_FALSE(lines.take(watched({{"/etc/a", Kind::kMiss}})));
  EXPECT_FALSE(lines.write("ended", nlohmann::ordered_json::object()));
}

}  // namespace
}  // namespace winnow::test
