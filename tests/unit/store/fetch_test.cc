// SPDX-License-Identifier: Apache-2.0
// What users call an image, and the union of what its nodes have.
#include "winnow/store/fetch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "unit/store/storing.h"

namespace winnow {
namespace {

using test::fresh;
using test::image_of;
using test::MemoryObjects;
using test::profile_of;
using test::why;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

StoredHead head_of(const std::string& image, std::vector<std::string> names, const std::string& node = "n1") {
  StoredHead head;
  head.image = image_of(image);
  head.node = node;
  head.references = std::move(names);
  head.manifests = {Digest::of("manifest of " + image), Digest::of("index of " + image)};
  return head;
}

TEST(CalledImage, GoesByEachFormOfItsName) {
  const StoredHead nginx = head_of("a", {"docker.io/library/nginx:1.27"});
  for (const char* name : {"nginx:1.27", "library/nginx:1.27", "docker.io/nginx:1.27", "docker.io/library/nginx:1.27"})
    EXPECT_TRUE(is_called(nginx, name)) << name;
  for (const char* name : {"nginx", "nginx:1.2", "nginx:1.270", "inx:1.27", "quay.io/library/nginx:1.27", "", "n",
                           "NGINX:1.27", "other/nginx:1.27"})
    EXPECT_FALSE(is_called(nginx, name)) << name;
  EXPECT_TRUE(is_called(head_of("a", {"docker.io/library/nginx:latest"}), "nginx"));
  EXPECT_TRUE(is_called(head_of("a", {"nginx"}), "docker.io/library/nginx:latest"));
  EXPECT_TRUE(is_called(head_of("a", {"x:1", "ghcr.io/shop/web:2"}), "ghcr.io/shop/web:2")) << "any of its names";
  EXPECT_TRUE(is_called(head_of("a", {"localhost:5000/app:1"}), "localhost:5000/app:1"));
}

TEST(CalledImage, GoesByADigestOfItsConfigManifestOrIndex) {
  const StoredHead head = head_of("a", {"app:1"});
  for (const Digest& digest : {head.image, head.manifests[0], head.manifests[1]}) {
    EXPECT_TRUE(is_called(head, digest.str()));
    EXPECT_TRUE(is_called(head, digest.hex()));
  }
  EXPECT_FALSE(is_called(head, Digest::of("else").str()));
}

TEST(CalledImage, GoesByTwelveDigitsAndNotByFewer) {
  const StoredHead head = head_of("a", {"app:1"});
  const std::string hex = head.image.hex();
  EXPECT_TRUE(is_called(head, hex.substr(0, 12)));
  EXPECT_TRUE(is_called(head, "sha256:" + hex.substr(0, 12)));
  EXPECT_TRUE(is_called(head, hex.substr(0, 40)));
  EXPECT_FALSE(is_called(head, hex.substr(0, 11)));
  EXPECT_FALSE(is_called(head, "sha256:"));
  EXPECT_FALSE(is_called(head, hex.substr(1, 20))) << "from its beginning";
  EXPECT_FALSE(is_called(head, hex + "0")) << "longer than a digest";
  std::string upper = hex.substr(0, 20);
  upper[0] = 'G';
  EXPECT_FALSE(is_called(head, upper));
}

TEST(CalledHeads, AreThoseOfAllNodesOfOneImage) {
  const std::vector<StoredHead> heads = {head_of("a", {"app:1"}, "n1"), head_of("a", {"app:1", "app:2"}, "n2"),
                                         head_of("b", {"db:1"}, "n1")};
  const auto called = heads_called(heads, "app:1");
  ASSERT_TRUE(called) << why(called);
  ASSERT_THAT(*called, SizeIs(2));
  EXPECT_EQ(called->at(1).node, "n2");
  EXPECT_THAT(heads_called(heads, "app:2").value(), SizeIs(1));
}

TEST(CalledHeads, OfNoImageIsAnErrorThatSaysWhatToLookAt) {
  EXPECT_THAT(why(heads_called({head_of("a", {"app:1"})}, "none\x1b:1")),
              AllOf(HasSubstr("no profile of an image called none\\x1b:1"), HasSubstr("--list")));
  EXPECT_THAT(why(heads_called({}, "app:1")), HasSubstr("do the agents run?"));
}

TEST(CalledHeads, OfTwoImagesIsAnErrorThatListsThem) {
  const std::string error =
      why(heads_called({head_of("a", {"app:1"}), head_of("b", {"app:1"}, "n2"), head_of("c", {"else:1"})}, "app:1"));
  EXPECT_THAT(error, AllOf(HasSubstr("2 images are called app:1"), HasSubstr(image_of("a").str()),
                           HasSubstr(image_of("b").str()), Not(HasSubstr(image_of("c").str())),
                           HasSubstr("name one of them by its digest")));
}

class Fetch : public testing::Test {
 protected:
  // Puts a profile of app:1 whose run of NAMESPACE touched PATH.
  void put(const std::string& node, const std::string& name_space, const std::string& label, const std::string& path,
           std::uint64_t started_ms) {
    AccessProfile profile = profile_of("app:1", {path, "/shared"}, started_ms);
    profile.runs[0].workload.node = node;
    profile.runs[0].workload.pod_namespace = name_space;
    profile.runs[0].workload.labels = {{"app", label}};
    ASSERT_TRUE(store_.put(fresh(profile, node)));
  }
  std::vector<StoredHead> heads() {
    std::vector<std::string> refused;
    return store_.list(std::nullopt, refused).value();
  }
  static std::vector<std::string> paths(const AccessProfile& profile) {
    std::vector<std::string> all;
    for (const auto& [key, access] : profile.accesses) all.push_back(key.first);
    return all;
  }
  void SetUp() override {
    put("n1", "shop", "web", "/n1", 1000);
    put("n2", "shop", "job", "/n2", 2000);
    put("n3", "test", "web", "/n3", 3000);
  }
  MemoryObjects objects_;
  ProfileStore store_{objects_};
};

TEST_F(Fetch, UnitesAllNodes) {
  const auto profile = fetch_union(store_, heads(), {});
  ASSERT_TRUE(profile) << why(profile);
  EXPECT_THAT(paths(*profile), ElementsAre("/n1", "/n2", "/n3", "/shared"));
  EXPECT_THAT(profile->runs, SizeIs(3));
  EXPECT_EQ(profile->accesses.at({"/shared", ""}).runs.size(), 3U);
  EXPECT_EQ(profile->image.id, image_of("app:1"));
  EXPECT_EQ(profile->image.reference, "app:1");
}

TEST_F(Fetch, UnitesOnlyTheRunsThatAreWanted) {
  const auto of_shop =
      fetch_union(store_, heads(), [](const auto& run) { return run.workload.pod_namespace == "shop"; });
  ASSERT_TRUE(of_shop) << why(of_shop);
  EXPECT_THAT(paths(*of_shop), ElementsAre("/n1", "/n2", "/shared"));
  const auto of_web =
      fetch_union(store_, heads(), [](const auto& run) { return run.workload.labels.at("app") == "web"; });
  ASSERT_TRUE(of_web) << why(of_web);
  EXPECT_THAT(paths(*of_web), ElementsAre("/n1", "/n3", "/shared"));
  EXPECT_THAT(why(fetch_union(store_, heads(), [](const auto&) { return false; })),
              HasSubstr("no recorded run is chosen"));
}

TEST_F(Fetch, CountsARunOnceThatIsInTheUnitedObjectAndInThatOfItsNode) {
  AccessProfile whole = fetch_union(store_, heads(), {}).value();
  ASSERT_TRUE(store_.put(fresh(whole, std::string(kAllNodes))));
  const auto profile = fetch_union(store_, heads(), {});
  ASSERT_TRUE(profile) << why(profile);
  EXPECT_EQ(to_json(*profile), to_json(whole));
}

TEST_F(Fetch, IsAnErrorIfOneOfThemCannotBeRead) {
  objects_.edit(objects_.objects.begin()->first, [](auto& object) { object["spec"]["data"] = "AAAA"; });
  EXPECT_THAT(why(fetch_union(store_, heads(), {})), HasSubstr("damaged gzip")) << "a gap is not passed over";
}

TEST_F(Fetch, ShowsHeadsToPeopleAndPrograms) {
  auto all = heads();
  all[0].references = {"app\x1b:1"};
  all[0].coverage = "93 % (at least 88 %)";
  all[1].references.clear();
  const std::string table = heads_table(all);
  EXPECT_THAT(table, AllOf(HasSubstr("IMAGE"), HasSubstr("app\\x1b:1"), HasSubstr("93 % (at least 88 %)\n"),
                           HasSubstr(image_of("app:1").short_hex() + "  " + image_of("app:1").short_hex()),
                           Not(HasSubstr("\x1b"))));
  EXPECT_EQ(std::ranges::count(table, '\n'), 4);
  const std::string id = image_of("app:1").short_hex();
  const auto row = table.find("app\\x1b");
  EXPECT_EQ(table.find("ID  "), table.find(id, row) - row) << table;
  const auto json = nlohmann::json::parse(heads_json(all));
  ASSERT_THAT(json, SizeIs(3));
  EXPECT_EQ(json[0]["image"], image_of("app:1").str());
  EXPECT_EQ(json[2]["references"][0], "app:1");
  EXPECT_EQ(json[0]["runs"], 1);
  EXPECT_EQ(json[0]["first_run_ms"], 1000 * (1 + std::string("n1n2n3").find(all[0].node) / 2));
  EXPECT_EQ(nlohmann::json::parse(heads_json({})), nlohmann::json::array());
}

}  // namespace
}  // namespace winnow
