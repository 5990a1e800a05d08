// SPDX-License-Identifier: Apache-2.0
// Objects that somebody else than an agent wrote, or that are damaged: each is refused with a line that says why.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "store/json.h"
#include "store/payload.h"
#include "unit/store/storing.h"
#include "winnow/store/profiles.h"

namespace winnow {
namespace {

using test::fresh;
using test::image_of;
using test::Json;
using test::MemoryObjects;
using test::profile_of;
using test::why;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

using Change = std::function<void(Json&)>;

class HostileObject : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(ProfileStore(objects_).put(fresh(profile_)));
    name_ = objects_.objects.begin()->first;
    untouched_ = objects_.objects.begin()->second;
  }
  // What is said of the object after CHANGE: by the list, else by reading.
  std::string said(const Change& change) {
    objects_.objects = {{name_, untouched_}};
    objects_.edit(name_, change);
    return said();
  }
  std::string said() {
    ProfileStore store(objects_);
    std::vector<std::string> refused;
    const auto heads = store.list(std::nullopt, refused);
    if (!heads) return "the list fails: " + why(heads);
    EXPECT_EQ(heads->size() + refused.size(), 1U);
    if (!refused.empty()) return "refused: " + refused[0];
    const auto profile = store.read(heads->at(0));
    return profile ? "read" : "not read: " + why(profile);
  }
  // The object with the content TEXT, packed and with the right digest.
  std::string with_content(const std::string& text) {
    return said([&](Json& object) {
      object["spec"]["data"] = pack(text).value();
      object["spec"]["digest"] = Digest::of(text).str();
    });
  }

  MemoryObjects objects_;
  const AccessProfile profile_ = profile_of("app:1", {"/a", "/b"});
  std::string name_, untouched_;
};

TEST_F(HostileObject, IsReadIfItIsUntouched) {
  EXPECT_EQ(said([](Json&) {}), "read");
  EXPECT_EQ(with_content(to_json(profile_)), "read");
}

TEST_F(HostileObject, WithAHeadOfAnotherIsRefusedByTheList) {
  const std::pair<const char*, Change> kChanges[] = {
      {"is not called as the profile of its image and node",
       [](Json& object) { object["metadata"]["name"] = "another"; }},
      {"is not called as the profile", [](Json& object) { object["metadata"].erase("name"); }},
      {"is not called as the profile", [](Json& object) { object["spec"]["node"] = "n2"; }},
      {"is not called as the profile", [](Json& object) { object["spec"]["node"] = "*"; }},
      {"is not called as the profile", [](Json& object) { object["spec"]["imageID"] = image_of("other").str(); }},
      {"spec.imageID", [](Json& object) { object["spec"]["imageID"] = "sha256:12"; }},
      {"spec.imageID", [](Json& object) { object["spec"]["imageID"] = Json::array(); }},
      {"spec.digest", [](Json& object) { object["spec"]["digest"] = "md5:00"; }},
      {"spec.digest", [](Json& object) { object["spec"].erase("digest"); }},
      {"version winnow.dev/v2; this winnow reads winnow.dev/v1alpha1",
       [](Json& object) { object["apiVersion"] = "winnow.dev/v2"; }},
      {"spec.imageID", [](Json& object) { object["spec"] = 5; }},
      {"spec.parts is not a number from 1 to 2000", [](Json& object) { object["spec"]["parts"] = 0; }},
      {"spec.parts is not", [](Json& object) { object["spec"]["parts"] = 2001; }},
      {"spec.parts is not", [](Json& object) { object["spec"]["parts"] = UINT64_MAX; }},
      {"spec.parts is not", [](Json& object) { object["spec"]["parts"] = -1; }},
      {"spec.parts is not", [](Json& object) { object["spec"]["parts"] = 1e300; }},
      {"spec.parts is not", [](Json& object) { object["spec"]["parts"] = "1"; }},
      {"spec.parts is not", [](Json& object) { object["spec"].erase("parts"); }},
  };
  for (const auto& [line, change] : kChanges)
    EXPECT_THAT(said(change), AllOf(HasSubstr("refused: object"), HasSubstr(line)));
}

TEST_F(HostileObject, WithOtherContentIsRefusedWhenItIsRead) {
  const std::pair<const char*, Change> kChanges[] = {
      {"its content is damaged", [](Json& object) { object["spec"]["digest"] = Digest::of("other").str(); }},
      {"encoding zstd (use a newer winnow)", [](Json& object) { object["spec"]["encoding"] = "zstd"; }},
      {"encoding ", [](Json& object) { object["spec"].erase("encoding"); }},
      {"damaged base64 text", [](Json& object) { object["spec"]["data"] = "not base64"; }},
      {"damaged base64 text", [](Json& object) { object["spec"]["data"] = 17; }},
      {"damaged base64 text", [](Json& object) { object["spec"].erase("data"); }},
      {"damaged gzip data", [](Json& object) { object["spec"]["data"] = "AAAA"; }},
      {"part 2 is missing (it is being replaced: try again)", [](Json& object) { object["spec"]["parts"] = 2; }},
  };
  for (const auto& [line, change] : kChanges)
    EXPECT_THAT(said(change), AllOf(HasSubstr("not read: profile " + name_ + " of node n1: "), HasSubstr(line)));
}

TEST_F(HostileObject, WithAProfileOfAnotherImageOrNoProfileIsRefused) {
  EXPECT_THAT(with_content(to_json(profile_of("other:1"))), HasSubstr("its content is of another image"));
  AccessProfile unknown = profile_;
  unknown.image.id = {};
  EXPECT_THAT(with_content(to_json(unknown)), HasSubstr("its content is of another image"));
  for (const char* text : {"", "{}", "[]", "{\"schema\": \"winnow.profile/2\"}"})
    EXPECT_THAT(with_content(text), HasSubstr("not read: profile ")) << text;
}

TEST_F(HostileObject, WithHundredsOfThousandsOfNamesIsRefused) {
  EXPECT_EQ(said([](Json& object) { object["spec"]["references"] = std::vector<std::string>(256, "a"); }), "read");
  EXPECT_THAT(said([](Json& object) { object["spec"]["references"] = std::vector<std::string>(257, "a"); }),
              HasSubstr("spec.references has more than 256 items"));
  EXPECT_THAT(said([](Json& object) { object["spec"]["references"] = std::vector<std::string>(200'000, "a"); }),
              HasSubstr("too many values"));
  EXPECT_THAT(said([](Json& object) { object["spec"]["manifests"] = std::vector<std::string>(257, "a"); }),
              HasSubstr("spec.manifests has more than 256 items"));
}

TEST_F(HostileObject, ThatIsNoJsonOrTooDeepOrTooLargeIsRefused) {
  const std::pair<const char*, std::string> kTexts[] = {
      {"no JSON object", ""},
      {"no JSON object", "{"},
      {"no JSON object", untouched_ + "}"},
      {"JSON that is no object", "[]"},
      {"JSON that is no object", "5"},
      {"no JSON object", std::string(100'000, '[')},
      {"no JSON object", R"({"a":)" + std::string(40, '[') + std::string(40, ']') + "}"},
      {"no JSON object", "{\"a\": \"\xff\"}"},
      {"an object of more than", untouched_ + std::string(kMaxObject, ' ')},
  };
  for (const auto& [line, text] : kTexts) {
    objects_.objects = {{name_, text}};
    EXPECT_THAT(said(), AllOf(HasSubstr("refused: "), HasSubstr(line))) << text.substr(0, 40);
  }
}

TEST_F(HostileObject, MayHaveNamesAndStatusOfAnyKindWhichAreNotTaken) {
  EXPECT_EQ(said([](Json& object) {
              object["spec"]["references"] = {1, Json::array(), "a\\q", "fine", nullptr};
              object["spec"]["manifests"] = {"sha256:12", 7};
              object["metadata"]["labels"] = "none";
              object["status"] = {
                  {"runs", -5}, {"state", 1}, {"reasons", "x"}, {"firstRun", "yesterday"}, {"lastRun", {}}};
            }),
            "read");
  std::vector<std::string> refused;
  const auto head = ProfileStore(objects_).list(std::nullopt, refused).value().at(0);
  EXPECT_THAT(head.references, ElementsAre("fine"));
  EXPECT_THAT(head.manifests, IsEmpty());
  EXPECT_EQ(head.runs, 0U);
  EXPECT_EQ(head.state, "");
  EXPECT_EQ(head.first_run_ms, 0U);
}

TEST_F(HostileObject, CannotWriteToATerminal) {
  const std::string line = said([](Json& object) { object["metadata"]["name"] = "\x1b[2J\n"; });
  EXPECT_THAT(line, AllOf(HasSubstr("\\x1b[2J"), Not(HasSubstr("\x1b")), Not(HasSubstr("\n"))));
}

TEST_F(HostileObject, DoesNotHideTheOthers) {
  const AccessProfile other = profile_of("other:1");
  ASSERT_TRUE(ProfileStore(objects_).put(fresh(other)));
  objects_.objects[name_] = "{";
  std::vector<std::string> refused;
  const auto heads = ProfileStore(objects_).list(std::nullopt, refused);
  ASSERT_TRUE(heads);
  ASSERT_THAT(*heads, SizeIs(1));
  EXPECT_EQ(heads->at(0).image, image_of("other:1"));
  EXPECT_THAT(refused, SizeIs(1));
}

class HostilePart : public HostileObject {
 protected:
  void SetUp() override {
    objects_.most = 50'000;
    ASSERT_TRUE(ProfileStore(objects_).put(fresh(large_)));
    ASSERT_THAT(objects_.objects, SizeIs(testing::Ge(3U)));
    second_ = std::next(objects_.objects.begin())->first;
    ASSERT_TRUE(second_.ends_with("-2"));
  }
  std::string said_of_all() {
    ProfileStore store(objects_);
    std::vector<std::string> refused;
    const auto heads = store.list(std::nullopt, refused);
    if (!heads || heads->size() != 1) return "no head";
    const auto profile = store.read(heads->at(0));
    return profile ? "read" : why(profile);
  }
  const AccessProfile large_ = profile_of("app:1", test::random_paths(2600, 1));
  std::string second_;
};

TEST_F(HostilePart, IsNoHeadAndIsReadIfItIsUntouched) { EXPECT_EQ(said_of_all(), "read"); }

TEST_F(HostilePart, OfAnotherImageOrContentIsRefused) {
  const auto whole = objects_.objects;
  const std::pair<const char*, Change> kChanges[] = {
      {"a part is of another image", [](Json& object) { object["spec"]["imageID"] = image_of("other").str(); }},
      {"it was replaced meanwhile (try again)",
       [](Json& object) { object["spec"]["digest"] = Digest::of("other").str(); }},
      {"encoding none", [](Json& object) { object["spec"]["encoding"] = "none"; }},
      {"damaged", [](Json& object) { object["spec"]["data"] = ""; }},
      {"damaged",
       [](Json& object) {
         auto data = object["spec"]["data"].get<std::string>();
         std::swap(data[10], data[11] == data[10] ? data[12] : data[11]);
         object["spec"]["data"] = data;
       }},
  };
  for (const auto& [line, change] : kChanges) {
    objects_.objects = whole;
    objects_.edit(second_, change);
    EXPECT_THAT(said_of_all(), HasSubstr(line));
  }
  objects_.objects = whole;
  objects_.objects[second_] = "{";
  EXPECT_THAT(said_of_all(), HasSubstr("no JSON object"));
  objects_.objects.erase(second_);
  EXPECT_THAT(said_of_all(), HasSubstr("part 2 is missing"));
}

// 2000 parts of 4 MB would be 8 GB.
TEST_F(HostilePart, IsNotReadWhenThereIsMoreThanAProfileCanBe) {
  const std::string head_name = objects_.objects.begin()->first;
  class Endless final : public ObjectStore {
   public:
    Endless(std::string name, std::string head) : name_(std::move(name)), head_(std::move(head)) {}
    Result<Applied> apply(const std::string&, const std::string&) override { return Applied::kDone; }
    Result<Applied> apply_status(const std::string&, const std::string&) override { return Applied::kDone; }
    Result<bool> remove(const std::string&, const std::string&) override { return true; }
    Result<std::optional<std::string>> get(const std::string&) override {
      ++asked;
      return head_;
    }
    Result<void> each(const std::string&, const std::string&, const See& see) override { return see(head_); }
    std::string str() const override { return "endless"; }
    std::size_t asked = 0;

   private:
    std::string name_, head_;
  };
  Json head = Json::parse(objects_.objects.at(head_name));
  head["spec"]["parts"] = 2000;
  head["spec"]["data"] = std::string(4'000'000, 'A');
  Endless endless(head_name, head.dump());
  ProfileStore store(endless);
  std::vector<std::string> refused;
  const auto heads = store.list(std::nullopt, refused);
  ASSERT_THAT(heads.value(), SizeIs(1));
  EXPECT_THAT(why(store.read(heads->at(0))), HasSubstr("parts of more than 67 MB"));
  EXPECT_EQ(endless.asked, 1U);
}

}  // namespace
}  // namespace winnow
