// SPDX-License-Identifier: Apache-2.0
// What an agent has seen survives it, within bounds.
#include "agent/ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

#include "support/image_builder.h"
#include "unit/store/storing.h"
#include "winnow/base/file.h"

namespace winnow {
namespace {

using test::image_of;
using test::profile_of;
using test::why;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

class LedgerOnDisk : public ::testing::Test {
 protected:
  Ledger open() {
    problems_.clear();
    auto ledger = Ledger::open(place_ / "images", problems_);
    EXPECT_TRUE(ledger) << why(ledger);
    return *std::move(ledger);
  }
  std::string file_of(const std::string& image) const {
    return place_ / ("images/" + image_of(image).hex() + ".ledger");
  }
  test::TemporaryDirectory place_;
  std::vector<std::string> problems_;
};

TEST_F(LedgerOnDisk, ReturnsWhatWasSaved) {
  {
    Ledger ledger = open();
    ImageLedger& image = *ledger.of(image_of("app"));
    EXPECT_EQ(image.ended.image.id, image_of("app"));
    image.references = {"app:1",
                        "odd\xff"
                        "name"};
    image.manifests = {Digest::of("manifest")};
    image.started = {{"c1/5", 1000}, {"c2/6", 2000}};
    image.stored = {.paths = 1, .names = 2, .kinds = 3, .lost = 4, .runs = UINT64_MAX};
    ASSERT_TRUE(ledger.take(image, "c1/5", profile_of("app", {"/a", "/b"})));
    ASSERT_TRUE(ledger.save());
  }
  Ledger ledger = open();
  EXPECT_THAT(problems_, IsEmpty());
  ASSERT_THAT(ledger.images(), SizeIs(1));
  const ImageLedger& image = *ledger.of(image_of("app"));
  EXPECT_THAT(image.references, ElementsAre("app:1",
                                            "odd\xff"
                                            "name"));
  EXPECT_THAT(image.manifests, ElementsAre(Digest::of("manifest")));
  EXPECT_THAT(image.taken, ElementsAre("c1/5"));
  EXPECT_THAT(image.started, ElementsAre(std::pair("c2/6", 2000U))) << "a run that has ended is not alive";
  EXPECT_EQ(image.stored, (Content{.paths = 1, .names = 2, .kinds = 3, .lost = 4, .runs = UINT64_MAX}));
  EXPECT_EQ(image.ended.accesses.size(), 2U);
  EXPECT_EQ(image.ended.runs[0].workload.pod, "web-0");
  EXPECT_FALSE(image.changed);
  EXPECT_TRUE(image.from_disk);
  EXPECT_FALSE(ledger.of(image_of("new"))->from_disk) << "the store is asked";
  EXPECT_EQ(ledger.paths(), 2U);
}

TEST_F(LedgerOnDisk, WritesOnlyWhatChanged) {
  Ledger ledger = open();
  for (const char* name : {"app", "db"}) ASSERT_TRUE(ledger.take(*ledger.of(image_of(name)), "k", profile_of(name)));
  ASSERT_TRUE(ledger.save());
  ASSERT_EQ(::unlink(file_of("app").c_str()), 0);
  ASSERT_EQ(::unlink(file_of("db").c_str()), 0);
  ASSERT_TRUE(ledger.take(*ledger.of(image_of("db")), "k2", profile_of("db", {"/new"}, 2'000'000)));
  ASSERT_TRUE(ledger.save());
  EXPECT_NE(::access(file_of("app").c_str(), F_OK), 0);
  EXPECT_EQ(::access(file_of("db").c_str(), F_OK), 0);
}

TEST_F(LedgerOnDisk, ForgetsTheKeyOfARunOnlyOnDiskWithTheNextSave) {
  Ledger ledger = open();
  ImageLedger& image = *ledger.of(image_of("app"));
  ASSERT_TRUE(ledger.take(image, "c1/5", profile_of("app")));
  ASSERT_TRUE(ledger.save());
  image.taken.erase("c1/5");
  ASSERT_TRUE(ledger.save());
  EXPECT_THAT(open().of(image_of("app"))->taken, ElementsAre("c1/5")) << "a key too many is no harm";
}

TEST_F(LedgerOnDisk, FoldsRunsThatTouchedTheSame) {
  Ledger ledger = open();
  ImageLedger& image = *ledger.of(image_of("app"));
  for (std::uint64_t run = 1; run <= 5; ++run)
    ASSERT_TRUE(ledger.take(image, std::to_string(run), profile_of("app", {"/a"}, run * 1000)));
  ASSERT_THAT(image.ended.runs, SizeIs(1));
  EXPECT_EQ(image.ended.runs[0].times, 5U);
  for (std::uint64_t run = 0; run < 300; ++run)
    ASSERT_TRUE(ledger.take(image, "x", profile_of("app", {"/" + std::to_string(run)}, 10'000 + run)));
  EXPECT_LE(image.ended.runs.size(), Ledger::kMostRuns + 1);
  EXPECT_THAT(image.ended.accesses, SizeIs(301)) << "no path is lost";
}

TEST_F(LedgerOnDisk, KeepsADamagedFileAndSaysSo) {
  {
    Ledger ledger = open();
    for (const char* name : {"app", "db"}) ASSERT_TRUE(ledger.take(*ledger.of(image_of(name)), "k", profile_of(name)));
    ASSERT_TRUE(ledger.save());
  }
  const std::string whole = read_file(file_of("app")).value();
  const std::string head = whole.substr(0, whole.find('\n'));
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = whole;
    EXPECT_NE(text.find(from), std::string::npos) << from;
    return text.replace(text.find(from), from.size(), to);
  };
  const std::pair<const char*, std::string> kDamages[] = {
      {"it is damaged", ""},
      {"it is damaged", "{"},
      {"it is damaged", "{}\n" + whole.substr(head.size() + 1)},
      {"another version", with("winnow.ledger/1", "winnow.ledger/2")},
      {"it is damaged", with("\"taken\":[", "\"taken\":[7,")},
      {"it is damaged", with("\"stored\":[", "\"stored\":[[],")},
      {"it is damaged", with("\"manifests\":[", "\"manifests\":[\"sha256:1\"")},
      {"it is damaged", with("\"references\":[", R"("references":["\\q")")},
      {"not a profile", head + "\n"},
      {"not a profile", whole.substr(0, whole.size() / 2)},
      {"it names no image", with("\"id\": \"" + image_of("app").str(), "\"id\": \"")},
  };
  for (const auto& [line, text] : kDamages) {
    place_.write("images/" + image_of("app").hex() + ".ledger", text);
    Ledger ledger = open();
    ASSERT_THAT(problems_, SizeIs(1)) << line;
    EXPECT_THAT(problems_[0],
                AllOf(HasSubstr(file_of("app")), HasSubstr(line), HasSubstr("kept as"), HasSubstr(".broken")));
    EXPECT_EQ(read_file(file_of("app") + ".broken").value_or("?"), text);
    EXPECT_NE(::access(file_of("app").c_str(), F_OK), 0);
    EXPECT_THAT(ledger.images(), SizeIs(1)) << "the others are read";
    open();
    EXPECT_THAT(problems_, IsEmpty()) << "it is reported once";
  }
  place_.write("images/" + image_of("app").hex() + ".ledger", whole);
  EXPECT_THAT(open().images(), SizeIs(2)) << "the control";
}

TEST_F(LedgerOnDisk, BelievesAFileOnlyUnderTheNameOfItsImage) {
  {
    Ledger ledger = open();
    for (const char* name : {"app", "db"}) ASSERT_TRUE(ledger.take(*ledger.of(image_of(name)), "k", profile_of(name)));
    ASSERT_TRUE(ledger.save());
  }
  ASSERT_EQ(std::rename(file_of("db").c_str(), (place_ / "images/00.ledger").c_str()), 0);
  ASSERT_EQ(::mkfifo(file_of("db").c_str(), 0600), 0);
  Ledger ledger = open();
  EXPECT_THAT(problems_,
              UnorderedElementsAre(HasSubstr("for which there is another file"), HasSubstr("not a regular")));
  EXPECT_THAT(ledger.images(), SizeIs(1)) << "the control";
}

TEST_F(LedgerOnDisk, LeavesAnImageItsShareWhenOthersHaveTakenAllMemory) {
  Ledger ledger = open();
  const auto many = [&](const char* name) {
    AccessProfile profile = profile_of(name);
    Access access;
    access.kinds = Kind::kMiss;
    access.runs = {0};
    for (int i = 0; i < 80'000; ++i) {
      access.path = "/" + std::string(200, 'x') + std::to_string(i);
      profile.accesses.emplace(std::pair(access.path, ""), access);
    }
    return profile;
  };
  for (const char* name : {"bad1", "bad2", "bad3", "bad4"})
    ASSERT_TRUE(ledger.take(*ledger.of(image_of(name)), "k", many(name)));
  EXPECT_GT(ledger.of(image_of("bad4"))->dropped_paths, 0U);
  EXPECT_GT(ledger.of(image_of("bad4"))->ended.runs.at(0).lost.paths_full, 0U);
  std::size_t bytes = 0;
  for (const auto& [id, image] : ledger.images()) bytes += image.bytes;
  EXPECT_LT(bytes, Ledger::kMostInAll * 3 / 2);
  ASSERT_TRUE(ledger.take(*ledger.of(image_of("good")), "k", profile_of("good", {"/a", "/b"})));
  EXPECT_EQ(ledger.of(image_of("good"))->dropped_paths, 0U);
  EXPECT_THAT(ledger.of(image_of("good"))->ended.partial_reasons(), IsEmpty());
}

TEST_F(LedgerOnDisk, LooksAtNoOtherFiles) {
  open();
  place_.write("images/notes.txt", "x");
  place_.write("images/a.ledger.broken", "x");
  EXPECT_THAT(open().images(), IsEmpty());
  EXPECT_THAT(problems_, IsEmpty());
}

TEST_F(LedgerOnDisk, SaysWhenItCannotBeKept) {
  place_.write("file", "");
  std::vector<std::string> problems;
  EXPECT_NE(why(Ledger::open(place_ / "file/below", problems)), "no error");
  Ledger ledger = open();
  ASSERT_TRUE(ledger.take(*ledger.of(image_of("app")), "k", profile_of("app")));
  ASSERT_EQ(::rmdir((place_ / "images").c_str()), 0);
  EXPECT_THAT(why(ledger.save()), HasSubstr("keeping what was recorded"));
  EXPECT_TRUE(ledger.of(image_of("app"))->changed) << "the next save tries again";
}

TEST_F(LedgerOnDisk, TakesNoRunOfAnotherImage) {
  Ledger ledger = open();
  EXPECT_THAT(why(ledger.take(*ledger.of(image_of("app")), "k", profile_of("db"))), HasSubstr("different images"));
}

TEST_F(LedgerOnDisk, HasNoRoomForMoreRunningImagesThanItMayHold) {
  Ledger ledger = open();
  for (std::size_t image = 0; image < Ledger::kMostImages; ++image) {
    ImageLedger* const one = ledger.of(image_of(std::to_string(image)));
    ASSERT_NE(one, nullptr);
    (image % 2 == 0 ? one->started["k"] : one->started["l"]) = image;
  }
  EXPECT_EQ(ledger.of(image_of("one too many")), nullptr);
  EXPECT_NE(ledger.of(image_of("0")), nullptr) << "a known one";
}

TEST_F(LedgerOnDisk, MakesRoomByTheImageThatNobodyHasRunForLongest) {
  Ledger ledger = open();
  for (std::size_t image = 0; image < Ledger::kMostImages; ++image) {
    const std::string name = std::to_string(image);
    ImageLedger& one = *ledger.of(image_of(name));
    one.ended.runs.push_back(profile_of(name, {}, 1'000'000 + (image * 7919) % Ledger::kMostImages).runs[0]);
    one.changed = image < 3;
  }
  ledger.of(image_of("0"))->taken = {"k"};         // the longest ago, but the recorder may still have it
  ledger.of(image_of("1"))->started = {{"k", 1}};  // it runs
  ledger.of(image_of("2"))->recorded = 1;          // it runs, and nobody has looked yet since when
  ledger.of(image_of("2"))->ended.runs[0].started_ms = 1;
  ASSERT_TRUE(ledger.save());
  Digest oldest;
  std::uint64_t least = UINT64_MAX;
  for (const auto& [id, image] : ledger.images())
    if (image.recorded == 0 && image.taken.empty() && image.started.empty() && image.ended.runs[0].started_ms < least) {
      least = image.ended.runs[0].started_ms;
      oldest = id;
    }
  place_.write("images/" + oldest.hex() + ".ledger", "its file");
  const Digest fresh = image_of("fresh");
  EXPECT_NE(ledger.of(fresh), nullptr);
  EXPECT_THAT(ledger.images(), SizeIs(Ledger::kMostImages));
  EXPECT_FALSE(ledger.images().contains(oldest));
  EXPECT_NE(::access((place_ / ("images/" + oldest.hex() + ".ledger")).c_str(), F_OK), 0);
  for (const char* kept : {"0", "1", "2"}) EXPECT_TRUE(ledger.images().contains(image_of(kept)));
}

TEST(StoredContent, IsNewIfItIsMoreThanThatSomeRunsDidWhatWasKnown) {
  const Content known{.paths = 5, .names = 1, .kinds = 7, .lost = 0, .runs = 3};
  EXPECT_FALSE(known.is_new_against(known));
  Content more = known;
  more.runs = 9;
  EXPECT_FALSE(more.is_new_against(known));
  more.runs = 0;
  EXPECT_TRUE(known.is_new_against(more)) << "the store has nothing";
  for (std::uint64_t Content::* const member : {&Content::paths, &Content::names, &Content::kinds, &Content::lost}) {
    Content other = known;
    ++(other.*member);
    EXPECT_TRUE(other.is_new_against(known));
  }
}

// A profile with the paths /FIRST to /LAST, cheaply.
AccessProfile with_paths(std::size_t first, std::size_t last, std::uint64_t started_ms) {
  AccessProfile profile = profile_of("app", {}, started_ms);
  Access access;
  access.kinds = Kind::kOpen;
  access.runs = {0};
  for (std::size_t path = first; path <= last; ++path) {
    access.path = "/" + std::to_string(path);
    profile.accesses.emplace(std::pair(access.path, ""), access);
  }
  return profile;
}

TEST_F(LedgerOnDisk, CountsPathsThatItHasNoRoomForAsLost) {
  Ledger ledger = open();
  ImageLedger& image = *ledger.of(image_of("app"));
  ASSERT_TRUE(ledger.take(image, "k1", with_paths(1, Ledger::kMostPaths - 10, 1000)));
  EXPECT_EQ(image.dropped_paths, 0U);
  EXPECT_THAT(image.ended.partial_reasons(), IsEmpty());
  ASSERT_TRUE(ledger.take(image, "k2", with_paths(Ledger::kMostPaths - 20, Ledger::kMostPaths + 5, 2000)));
  EXPECT_EQ(image.ended.accesses.size(), Ledger::kMostPaths);
  EXPECT_EQ(image.dropped_paths, 5U) << "of its 26 paths 11 were known, and there was room for 10";
  EXPECT_EQ(image.ended.runs.at(1).lost.paths_full, 5U);
  EXPECT_EQ(image.ended.runs.at(0).lost.paths_full, 0U);
  ASSERT_THAT(image.ended.partial_reasons(), SizeIs(1));
  EXPECT_THAT(image.ended.partial_reasons()[0], HasSubstr("5 sightings of new paths"));
  ASSERT_TRUE(ledger.take(image, "k3", with_paths(1, 10, 3000)));
  EXPECT_EQ(image.dropped_paths, 5U) << "known paths need no room";
}

}  // namespace
}  // namespace winnow
