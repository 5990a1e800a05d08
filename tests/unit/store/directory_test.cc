// SPDX-License-Identifier: Apache-2.0
// Objects as files of a directory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "support/image_builder.h"
#include "unit/store/storing.h"
#include "winnow/base/file.h"
#include "winnow/store/objects.h"
#include "winnow/store/profiles.h"

namespace winnow {
namespace {

using test::Json;
using test::why;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string object(const std::string& name, const std::string& value, const std::string& label = "x") {
  return Json{{"metadata", {{"name", name}, {"labels", {{"of", label}}}}}, {"spec", value}}.dump();
}

class DirectoryStore : public ::testing::Test {
 protected:
  void SetUp() override {
    auto opened = directory_objects(place_ / "store");
    ASSERT_TRUE(opened) << why(opened);
    store_ = *std::move(opened);
  }
  Json read(const std::string& name) {
    const auto text = store_->get(name);
    EXPECT_TRUE(text && *text) << name;
    return text && *text ? Json::parse(**text) : Json();
  }
  std::vector<std::string> names(const std::string& key = "", const std::string& value = "") {
    std::vector<std::string> seen;
    const auto done = store_->each(key, value, [&](std::string_view text) -> Result<void> {
      const Json json = Json::parse(text, nullptr, false);
      seen.push_back(json.is_discarded() ? std::string(text) : json["metadata"]["name"].get<std::string>());
      return {};
    });
    EXPECT_TRUE(done) << why(done);
    return seen;
  }
  winnow::test::TemporaryDirectory place_;
  std::unique_ptr<ObjectStore> store_;
};

TEST_F(DirectoryStore, IsMadeIfItIsMissingAndSaysWhereItIs) {
  struct stat status{};
  EXPECT_EQ(::stat((place_ / "store").c_str(), &status), 0);
  EXPECT_EQ(store_->str(), "dir:" + place_ / "store");
  EXPECT_THAT(names(), IsEmpty());
  place_.write("file", "");
  EXPECT_NE(why(directory_objects(place_ / "file/below")), "no error");
}

TEST_F(DirectoryStore, KeepsObjectsAsFilesOfTheirNames) {
  ASSERT_EQ(store_->apply("b", object("b", "1")), Applied::kDone);
  ASSERT_EQ(store_->apply("a", object("a", "2")), Applied::kDone);
  EXPECT_EQ(read("b")["spec"], "1");
  EXPECT_TRUE(read_file(place_ / "store/b.json", 1000));
  EXPECT_THAT(names(), ElementsAre("a", "b")) << "sorted";
  EXPECT_EQ(store_->get("c").value(), std::nullopt);
}

TEST_F(DirectoryStore, ReplacesAnObjectButNotItsStatus) {
  ASSERT_TRUE(store_->apply("a", object("a", "old")));
  ASSERT_EQ(store_->apply_status("a", R"({"spec": "not this", "status": {"runs": 3}})"), Applied::kDone);
  EXPECT_EQ(read("a")["spec"], "old");
  ASSERT_TRUE(store_->apply("a", object("a", "new")));
  EXPECT_EQ(read("a")["spec"], "new");
  EXPECT_EQ(read("a")["status"]["runs"], 3);
  EXPECT_THAT(why(store_->apply_status("none", R"({"status": {}})")), HasSubstr("there is no object none"));
}

TEST_F(DirectoryStore, HasTheSameBytesAfterTheSameObject) {
  ASSERT_TRUE(store_->apply("a", object("a", "1")));
  ASSERT_TRUE(store_->apply_status("a", R"({"status": {"runs": 3}})"));
  const std::string before = store_->get("a").value().value();
  ASSERT_TRUE(store_->apply("a", object("a", "1")));
  EXPECT_EQ(store_->get("a").value().value(), before);
}

TEST_F(DirectoryStore, RemovesAnObjectAndOneThatIsNotThere) {
  ASSERT_TRUE(store_->apply("a", object("a", "1")));
  EXPECT_TRUE(store_->remove("a"));
  EXPECT_TRUE(store_->remove("a"));
  EXPECT_EQ(store_->get("a").value(), std::nullopt);
}

TEST_F(DirectoryStore, ChoosesByALabel) {
  ASSERT_TRUE(store_->apply("a", object("a", "1", "x")));
  ASSERT_TRUE(store_->apply("b", object("b", "1", "y")));
  ASSERT_TRUE(store_->apply("c", R"({"metadata": {"name": "c", "labels": 5}})"));
  EXPECT_THAT(names("of", "y"), ElementsAre("b"));
  EXPECT_THAT(names("of", "z"), IsEmpty());
  EXPECT_THAT(names(), ElementsAre("a", "b", "c"));
}

TEST_F(DirectoryStore, ShowsDamagedFilesAndNoOthers) {
  ASSERT_TRUE(store_->apply("a", object("a", "1")));
  place_.write("store/damaged.json", "{");
  place_.write("store/.hidden.json", "{}");
  place_.write("store/readme.txt", "text");
  EXPECT_THAT(names(), ElementsAre("a", "damaged")) << "the profile store says what is wrong with it";
  EXPECT_THAT(names("of", "x"), ElementsAre("a", "damaged")) << "nobody knows which labels it had";
}

TEST_F(DirectoryStore, IsNotHungUpByAPipeNorFilledByAHugeFile) {
  ASSERT_EQ(::mkfifo((place_ / "store/pipe.json").c_str(), 0600), 0);
  EXPECT_NE(why(store_->get("pipe")), "no error");
  place_.write("store/huge.json", "");
  ASSERT_EQ(::truncate((place_ / "store/huge.json").c_str(), off_t{1} << 40), 0);
  EXPECT_NE(why(store_->get("huge")), "no error");
}

TEST_F(DirectoryStore, ReplacesADamagedFile) {
  place_.write("store/a.json", "{");
  ASSERT_EQ(store_->apply("a", object("a", "1")), Applied::kDone);
  EXPECT_EQ(read("a")["spec"], "1");
}

TEST_F(DirectoryStore, SaysWhatItCannotReadAndShowsTheOthers) {
  ASSERT_TRUE(store_->apply("good", object("good", "1")));
  ASSERT_EQ(::mkfifo((place_ / "store/fifo.json").c_str(), 0600), 0);
  ASSERT_EQ(::mkdir((place_ / "store/folder.json").c_str(), 0700), 0);
  ASSERT_EQ(::symlink("nowhere", (place_ / "store/link.json").c_str()), 0);
  place_.write("store/huge.json", "");
  ASSERT_EQ(::truncate((place_ / "store/huge.json").c_str(), off_t{1} << 30), 0);
  place_.write("store/text.json", "no JSON");
  EXPECT_THAT(names(), ElementsAre("fifo", "folder", "good", "huge", "text"));
  EXPECT_THAT(names("of", "x"), ElementsAre("fifo", "folder", "good", "huge", "text"));
  std::vector<std::string> refused;
  EXPECT_THAT(ProfileStore(*store_).list(std::nullopt, refused).value(), IsEmpty());
  EXPECT_THAT(refused, Contains(AllOf(HasSubstr("object fifo"), HasSubstr("not a regular file"))));
}

TEST_F(DirectoryStore, EndsWithTheErrorOfWhoeverLooks) {
  ASSERT_TRUE(store_->apply("a", object("a", "1")));
  ASSERT_TRUE(store_->apply("b", object("b", "1")));
  int seen = 0;
  EXPECT_EQ(why(store_->each("", "",
                             [&](std::string_view) -> Result<void> {
                               ++seen;
                               return fail("enough");
                             })),
            "enough");
  EXPECT_EQ(seen, 1);
}

}  // namespace
}  // namespace winnow
