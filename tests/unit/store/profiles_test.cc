// SPDX-License-Identifier: Apache-2.0
// Profiles that are put into a store come back from it; a reader meets the old one or the new one.
#include "winnow/store/profiles.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "unit/store/storing.h"

namespace winnow {
namespace {

using test::fresh;
using test::image_of;
using test::Json;
using test::MemoryObjects;
using test::profile_of;
using test::random_paths;
using test::why;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::size_t kSmall = 50'000;  // bytes of an object that a store with small parts takes

std::string name_of(const std::string& image, const std::string& node) {
  return image_of(image).hex().substr(0, 40) + "-" + (node == kAllNodes ? "all" : Digest::of(node).hex().substr(0, 16));
}

// What a reader without any memory finds of IMAGE: the profile as JSON, "" if there is none, else the error.
std::string seen(MemoryObjects& objects, const std::string& image = "app:1") {
  ProfileStore store(objects);
  std::vector<std::string> refused;
  const auto heads = store.list(image_of(image), refused);
  if (!heads) return why(heads);
  if (!refused.empty()) return refused[0];
  if (heads->empty()) return "";
  const auto profile = store.read(heads->at(0));
  return profile ? to_json(*profile) : why(profile);
}

TEST(ProfileStore, ReturnsWhatWasPut) {
  MemoryObjects objects;
  ProfileStore store(objects);
  const AccessProfile profile = profile_of("app:1", {"/a", "/b\xff\n"});
  const auto bytes = store.put(fresh(profile));
  ASSERT_TRUE(bytes) << why(bytes);
  ASSERT_THAT(objects.objects, SizeIs(1));
  EXPECT_GT(*bytes, 500U);
  EXPECT_EQ(seen(objects), to_json(profile));
  EXPECT_EQ(seen(objects, "other:1"), "");
}

TEST(ProfileStore, WritesTheObjectThatTheContractNames) {
  MemoryObjects objects;
  ProfileStore store(objects);
  AccessProfile profile = profile_of("app:1", {"/a", "/b"}, 1'767'323'045'000);
  profile.accesses.at({"/b", ""}).kinds = Kind::kMiss;
  profile.runs[0].times = 3;
  profile.runs[0].last_ms = 1'767'330'000'000;
  ASSERT_TRUE(store.put(fresh(profile)));
  EXPECT_THAT(objects.log, ElementsAre("get " + name_of("app:1", "n1"), "apply " + name_of("app:1", "n1"),
                                       "status " + name_of("app:1", "n1")));
  const Json object = Json::parse(objects.objects.at(name_of("app:1", "n1")));
  const std::string id = image_of("app:1").hex();
  EXPECT_EQ(object["apiVersion"], "winnow.dev/v1alpha1");
  EXPECT_EQ(object["kind"], "Profile");
  EXPECT_EQ(object["metadata"]["labels"], (Json{{"app.kubernetes.io/name", "winnow"},
                                                {"app.kubernetes.io/managed-by", "winnow"},
                                                {"winnow.dev/image", id.substr(0, 63)},
                                                {"winnow.dev/node", Digest::of("n1").hex().substr(0, 16)},
                                                {"winnow.dev/part", "1"}}));
  const Json& spec = object["spec"];
  EXPECT_EQ(spec["imageID"], "sha256:" + id);
  EXPECT_EQ(spec["references"], Json({"app:1"}));
  EXPECT_EQ(spec["manifests"], Json({Digest::of("manifest of app:1").str()}));
  EXPECT_EQ(spec["node"], "n1");
  EXPECT_EQ(spec["encoding"], "gzip+base64");
  EXPECT_EQ(spec["digest"], Digest::of(to_json(profile)).str());
  EXPECT_EQ(spec["part"], 1);
  EXPECT_EQ(spec["parts"], 1);
  const Json& status = object["status"];
  EXPECT_EQ(status["state"], "complete");
  EXPECT_EQ(status["reasons"], Json::array());
  EXPECT_EQ(status["runs"], 3);
  EXPECT_EQ(status["paths"], 2);
  EXPECT_EQ(status["misses"], 1);
  EXPECT_EQ(status["coverage"], "100 % (at least 16 %)") << "three runs that touched the same one file";
  EXPECT_EQ(status["firstRun"], "2026-01-02T03:04:05Z");
  EXPECT_EQ(status["lastRun"], "2026-01-02T05:00:00Z");
  EXPECT_EQ(status["conditions"][0]["type"], "Complete");
  EXPECT_EQ(status["conditions"][0]["status"], "True");
}

TEST(ProfileStore, ListsHeadsWithAllThatIsKnownOfThem) {
  MemoryObjects objects;
  ProfileStore store(objects);
  AccessProfile profile = profile_of("app:1", {"/a"}, 1'767'323'045'000);
  profile.runs[0].lost.busy = 2;
  NewProfile named = fresh(profile);
  named.references = {"docker.io/library/app:1",
                      "odd\xff"
                      "name"};
  ASSERT_TRUE(store.put(named));
  std::vector<std::string> refused;
  const auto heads = store.list(std::nullopt, refused);
  ASSERT_TRUE(heads) << why(heads);
  EXPECT_THAT(refused, IsEmpty());
  ASSERT_THAT(*heads, SizeIs(1));
  const StoredHead& head = heads->at(0);
  EXPECT_EQ(head.name, name_of("app:1", "n1"));
  EXPECT_EQ(head.version, "2");
  EXPECT_EQ(head.image, image_of("app:1"));
  EXPECT_THAT(head.references, ElementsAre("docker.io/library/app:1")) << "a cluster refuses what can be no name";
  EXPECT_THAT(head.manifests, ElementsAre(Digest::of("manifest of app:1")));
  EXPECT_EQ(head.node, "n1");
  EXPECT_EQ(head.state, "partial");
  EXPECT_THAT(head.reasons, ElementsAre(HasSubstr("2 calls interrupted")));
  EXPECT_EQ(head.coverage, "unknown") << "one run says nothing about others";
  EXPECT_EQ(head.runs, 1U);
  EXPECT_EQ(head.first_run_ms, 1'767'323'045'000U);
  EXPECT_EQ(head.last_run_ms, 1'767'323'045'000U) << "in whole seconds";
}

TEST(ProfileStore, SortsHeadsByImageAndNodeAndListsOneImageIfAsked) {
  MemoryObjects objects;
  ProfileStore store(objects);
  for (const char* image : {"b", "a"})
    for (const char* node : {"n2", "*", "n1"}) {
      const AccessProfile profile = profile_of(image);
      ASSERT_TRUE(store.put(fresh(profile, node)));
    }
  std::vector<std::string> refused, nodes;
  const auto of_a = store.list(image_of("a"), refused).value();  // GCC 12 ends it before a loop over it ends
  for (const StoredHead& head : of_a) {
    EXPECT_EQ(head.image, image_of("a"));
    nodes.push_back(head.node);
  }
  EXPECT_THAT(nodes, ElementsAre("*", "n1", "n2"));
  EXPECT_THAT(store.list(std::nullopt, refused).value(), SizeIs(6));
  EXPECT_TRUE(objects.objects.contains(name_of("a", "*"))) << "40 digits and -all";
}

TEST(ProfileStore, WritesNothingIfNothingIsNew) {
  MemoryObjects objects;
  ProfileStore store(objects);
  const AccessProfile profile = profile_of("app:1");
  const auto first = store.put(fresh(profile));
  objects.log.clear();
  EXPECT_EQ(store.put(fresh(profile)).value(), first.value()) << "the bytes that it holds";
  EXPECT_THAT(objects.log, IsEmpty());
  AccessProfile other = profile_of("app:1", {"/a", "/b"});
  ASSERT_TRUE(store.put(fresh(other)));
  EXPECT_EQ(objects.count("apply"), 1U) << "the control";
}

TEST(ProfileStore, WritesNewNamesOfAnImageThoughTheProfileIsTheSame) {
  MemoryObjects objects;
  ProfileStore store(objects);
  const AccessProfile profile = profile_of("app:1");
  NewProfile named = fresh(profile);
  ASSERT_TRUE(store.put(named));
  named.references.insert("app:latest");
  ASSERT_TRUE(store.put(named));
  EXPECT_EQ(objects.count("apply"), 2U);
  named.manifests.insert(Digest::of("another index"));
  ASSERT_TRUE(store.put(named));
  EXPECT_EQ(objects.count("apply"), 3U) << "fetch is asked by digests of indexes, too";
}

TEST(ProfileStore, WritesAgainWhatFailed) {
  MemoryObjects objects;
  const AccessProfile profile = profile_of("app:1");
  for (std::size_t calls = 0; calls < 3; ++calls) {  // get, apply, status
    ProfileStore store(objects);
    objects.objects.clear();
    objects.patience = calls;
    EXPECT_THAT(why(store.put(fresh(profile))), HasSubstr("the store is away"));
    objects.patience.reset();
    EXPECT_TRUE(store.put(fresh(profile))) << calls;
    EXPECT_EQ(seen(objects), to_json(profile));
    EXPECT_TRUE(Json::parse(objects.objects.at(name_of("app:1", "n1"))).contains("status")) << calls;
  }
}

class ManyParts : public testing::Test {
 protected:
  void SetUp() override { objects_.most = kSmall; }
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& [name, text] : objects_.objects) all.push_back(name);
    return all;
  }
  const AccessProfile large_ = profile_of("app:1", random_paths(2600, 1));
  const AccessProfile other_ = profile_of("app:1", random_paths(2600, 2));
  const AccessProfile small_ = profile_of("app:1");
  MemoryObjects objects_;
  ProfileStore store_{objects_};
};

TEST_F(ManyParts, AreMadeOfAProfileThatIsTooLargeForOneObject) {
  const auto bytes = store_.put(fresh(large_));
  ASSERT_TRUE(bytes) << why(bytes);
  ASSERT_GE(objects_.objects.size(), 3U);
  std::uint64_t sum = 0;
  for (const auto& [name, text] : objects_.objects) {
    EXPECT_LE(text.size(), kSmall + 100);  // with status and version
    const Json object = Json::parse(text);
    sum += object["spec"]["data"].get<std::string>().size();
    EXPECT_EQ(object["spec"]["parts"], objects_.objects.size());
    EXPECT_EQ(object["metadata"]["name"], name);
    EXPECT_EQ(object["metadata"]["labels"]["winnow.dev/part"], std::to_string(object["spec"]["part"].get<int>()));
    const bool is_head = object["spec"]["part"] == 1;
    EXPECT_EQ(name == name_of("app:1", "n1"), is_head);
    EXPECT_EQ(object["spec"].contains("references"), is_head);
    EXPECT_EQ(object.contains("status"), is_head);
  }
  EXPECT_GT(*bytes, sum);
  EXPECT_EQ(seen(objects_), to_json(large_));
}

TEST_F(ManyParts, AreWrittenBeforeTheirHead) {
  ASSERT_TRUE(store_.put(fresh(large_)));
  std::vector<std::string> applied;
  for (const std::string& one : objects_.log)
    if (one.starts_with("apply ")) applied.push_back(one);
  EXPECT_EQ(applied.back(), "apply " + name_of("app:1", "n1"));
}

TEST_F(ManyParts, AreFoundAtOnceTheNextTime) {
  ASSERT_TRUE(store_.put(fresh(large_)));
  const std::size_t parts = objects_.objects.size();
  objects_.log.clear();
  ASSERT_TRUE(store_.put(fresh(other_)));
  EXPECT_EQ(objects_.count("apply"), parts) << "it is known how much this store takes";
}

TEST_F(ManyParts, OfAReplacedProfileAreRemoved) {
  ASSERT_TRUE(store_.put(fresh(large_)));
  const std::size_t parts = objects_.objects.size();
  ASSERT_TRUE(store_.put(fresh(other_)));
  EXPECT_THAT(names(), SizeIs(parts));
  EXPECT_EQ(seen(objects_), to_json(other_));
  ASSERT_TRUE(store_.put(fresh(small_)));
  EXPECT_THAT(names(), ElementsAre(name_of("app:1", "n1")));
}

TEST_F(ManyParts, OfAProfileThatAnEarlierProcessPutAreRemoved) {
  ASSERT_TRUE(store_.put(fresh(large_)));
  ProfileStore next(objects_);
  ASSERT_TRUE(next.put(fresh(small_)));
  EXPECT_THAT(names(), ElementsAre(name_of("app:1", "n1")));
}

TEST_F(ManyParts, ThatWereNotFinishedAreRemovedByTheNextPut) {
  ASSERT_TRUE(store_.put(fresh(small_)));
  ASSERT_TRUE(store_.put(fresh(large_)));
  ASSERT_TRUE(store_.put(fresh(small_)));
  objects_.patience = 2;  // two parts of it are written
  EXPECT_NE(why(store_.put(fresh(large_))), "no error");
  objects_.patience.reset();
  EXPECT_EQ(seen(objects_), to_json(small_));
  EXPECT_THAT(names(), SizeIs(3)) << "the control";
  const AccessProfile later = profile_of("app:1", {"/later"});
  ASSERT_TRUE(store_.put(fresh(later)));
  EXPECT_THAT(names(), ElementsAre(name_of("app:1", "n1")));
  EXPECT_EQ(seen(objects_), to_json(later));
}

TEST_F(ManyParts, AreNeverMixedUpWithThoseOfAnotherProfile) {
  ASSERT_TRUE(store_.put(fresh(large_)));
  ASSERT_TRUE(store_.put(fresh(other_)));
  const std::size_t writes = 2 * objects_.objects.size();  // parts, the status, and the old parts
  std::size_t old_ones = 0, new_ones = 0;
  for (std::size_t at = 0; at < writes; ++at) {
    const std::string before = to_json(at % 2 == 0 ? other_ : large_), after = to_json(at % 2 == 0 ? large_ : other_);
    std::size_t left = at;
    const std::function<void()> look = [&] {
      if (left-- > 0) {
        objects_.before_write = look;
        return;
      }
      const std::string found = seen(objects_);
      old_ones += found == before ? 1 : 0;
      new_ones += found == after ? 1 : 0;
      EXPECT_TRUE(found == before || found == after) << at << ": " << found.substr(0, 200);
    };
    objects_.before_write = look;
    ASSERT_TRUE(store_.put(fresh(at % 2 == 0 ? large_ : other_)));
    EXPECT_FALSE(objects_.before_write) << at;
  }
  EXPECT_EQ(old_ones, objects_.objects.size());
  EXPECT_EQ(new_ones, objects_.objects.size());
}

// A process that does not know yet how much the store takes tries larger parts first.
TEST_F(ManyParts, AreNeverMixedUpWithLargerOnesOfTheSameProfile) {
  ASSERT_TRUE(store_.put(fresh(large_)));
  const std::vector<std::string> before = names();
  NewProfile renamed = fresh(large_);
  renamed.references.insert("app:latest");
  for (std::size_t at = 4; at < 10; ++at) {  // refused parts, smaller ones, the status
    ProfileStore next(objects_);
    std::size_t left = at;
    const std::function<void()> look = [&] {
      if (left-- > 0)
        objects_.before_write = look;
      else
        EXPECT_EQ(seen(objects_), to_json(large_)) << at;
    };
    objects_.before_write = look;
    ASSERT_TRUE(next.put(renamed));
    objects_.before_write = nullptr;
    EXPECT_EQ(names(), before) << "nothing is left over from the larger ones";
  }
}

TEST_F(ManyParts, OfASizeThatAStoreRefusesEvenWhenTheyAreSmallAreAnError) {
  objects_.most = 20'000;
  EXPECT_THAT(why(store_.put(fresh(large_))), HasSubstr("memory refuses even objects of"));
  EXPECT_THAT(why(store_.put(fresh(small_))), "no error");
}

TEST_F(ManyParts, GoWithTheProfile) {
  ASSERT_TRUE(store_.put(fresh(large_)));
  std::vector<std::string> refused;
  const auto heads = store_.list(std::nullopt, refused);
  ASSERT_TRUE(store_.remove(heads->at(0)));
  EXPECT_THAT(names(), IsEmpty());
}

TEST_F(ManyParts, StayIfTheProfileWasWrittenAgainSinceItWasListed) {
  ASSERT_TRUE(store_.put(fresh(large_)));
  std::vector<std::string> refused;
  const auto heads = store_.list(std::nullopt, refused);
  NewProfile renamed = fresh(large_);
  renamed.references.insert("app:latest");
  ASSERT_TRUE(store_.put(renamed));
  ASSERT_TRUE(store_.remove(heads->at(0)));
  EXPECT_EQ(seen(objects_), to_json(large_)) << "the head stays, and so do the parts that it needs";
}

TEST(ProfileStore, ReturnsTheProfileOfANode) {
  MemoryObjects objects;
  ProfileStore store(objects);
  const AccessProfile mine = profile_of("app:1", {"/mine"}), theirs = profile_of("app:1", {"/theirs"});
  ASSERT_TRUE(store.put(fresh(mine, "n1")));
  ASSERT_TRUE(store.put(fresh(theirs, "n2")));
  std::vector<std::string> refused;
  EXPECT_EQ(to_json(store.get(image_of("app:1"), "n2", refused).value().value()), to_json(theirs));
  EXPECT_EQ(store.get(image_of("app:1"), "n3", refused).value().has_value(), false);
  EXPECT_EQ(store.get(image_of("other"), "n1", refused).value().has_value(), false);
  EXPECT_THAT(refused, IsEmpty());
}

TEST(ProfileStore, HasNoProfileOfANodeIfItIsDamagedAndWritesItAnew) {
  const std::pair<const char*, std::function<void(Json&)>> kDamages[] = {
      {"another version", [](Json& object) { object["apiVersion"] = "winnow.dev/v2"; }},
      {"no parts", [](Json& object) { object["spec"]["parts"] = 0; }},
      {"a part that is missing", [](Json& object) { object["spec"]["parts"] = 2; }},
      {"other content", [](Json& object) { object["spec"]["digest"] = Digest::of("other").str(); }},
      {"no data", [](Json& object) { object["spec"]["data"] = "AAAA"; }},
      {"a further part", [](Json& object) { object["spec"]["part"] = 2; }},
  };
  for (const auto& [what, damage] : kDamages) {
    MemoryObjects objects;
    const AccessProfile profile = profile_of("app:1");
    ASSERT_TRUE(ProfileStore(objects).put(fresh(profile)));
    objects.edit(name_of("app:1", "n1"), damage);
    ProfileStore next(objects);
    std::vector<std::string> refused;
    const auto got = next.get(image_of("app:1"), "n1", refused);
    ASSERT_TRUE(got) << what << ": " << why(got) << ": an agent that stops here never writes this image again";
    EXPECT_FALSE(*got) << what;
    EXPECT_THAT(refused, SizeIs(1)) << what;
    ASSERT_TRUE(next.put(fresh(profile))) << what;
    EXPECT_EQ(seen(objects), to_json(profile)) << what;
  }
}

TEST(ProfileStore, DoesNotTakeAStoreThatFailsForOneWithoutTheProfile) {
  MemoryObjects objects;
  const AccessProfile profile = profile_of("app:1");
  ASSERT_TRUE(ProfileStore(objects).put(fresh(profile)));
  for (std::size_t calls = 0; calls < 2; ++calls) {  // the head, and the head as the first part
    objects.patience = calls;
    std::vector<std::string> refused;
    EXPECT_THAT(why(ProfileStore(objects).get(image_of("app:1"), "n1", refused)), HasSubstr("the store is away"))
        << calls;
    EXPECT_THAT(refused, IsEmpty());
  }
}

TEST(ProfileStore, RefusesANodeWhoseNameIsNoText) {
  MemoryObjects objects;
  ProfileStore store(objects);
  const AccessProfile profile = profile_of("app:1");
  EXPECT_THAT(why(store.put(fresh(profile, "node\xff"))), AllOf(HasSubstr("node"), HasSubstr("UTF-8")));
  EXPECT_THAT(objects.objects, IsEmpty());
}

}  // namespace
}  // namespace winnow
