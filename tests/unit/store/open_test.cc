// SPDX-License-Identifier: Apache-2.0
// From a user's words to a store, and to the profile of an image in it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "support/image_builder.h"
#include "unit/store/storing.h"
#include "winnow/store/fetch.h"

namespace winnow {
namespace {

using test::fresh;
using test::profile_of;
using test::why;
using ::testing::AllOf;
using ::testing::HasSubstr;

class OpenedStore : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT", "POD_NAMESPACE"}) ::unsetenv(name);
  }
  void TearDown() override { SetUp(); }
  test::TemporaryDirectory place_;
};

std::string opened(const Result<std::unique_ptr<ObjectStore>>& store) { return store ? (*store)->str() : why(store); }

TEST_F(OpenedStore, IsADirectoryIfThatIsSaid) {
  EXPECT_EQ(opened(open_objects({.store = "dir:" + place_ / "s", .name_space = {}})), "dir:" + place_ / "s");
  EXPECT_EQ(opened(open_objects_to_read({.store = "dir:" + place_ / "s", .name_space = {}})), "dir:" + place_ / "s");
  for (const char* word : {"dir:", "dir", "s3:x", "Kubernetes", "kubernetes:x\x1b"})
    EXPECT_THAT(opened(open_objects({.store = word, .name_space = {}})),
                AllOf(HasSubstr("no store "), HasSubstr("--store dir:PATH")))
        << word;
}

TEST_F(OpenedStore, IsWrittenInAPodOnlyAndReadThroughKubectlElsewhere) {
  EXPECT_THAT(opened(open_objects({})), HasSubstr("this is no pod"));
  EXPECT_EQ(opened(open_objects_to_read({})), "profiles of the namespace winnow, through kubectl");
  EXPECT_EQ(opened(open_objects_to_read({.store = "kubernetes", .name_space = "own"})),
            "profiles of the namespace own, through kubectl");
  ::setenv("POD_NAMESPACE", "mine", 1);
  EXPECT_EQ(opened(open_objects_to_read({})), "profiles of the namespace mine, through kubectl");
  ::setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1", 1);
  EXPECT_EQ(opened(open_objects_to_read({.store = {}, .name_space = {}, .kubectl = {"--context", "c"}})),
            "profiles of the namespace mine, through kubectl");
  EXPECT_THAT(opened(open_objects_to_read({})), HasSubstr("this is no pod")) << "its port is missing";
}

TEST_F(OpenedStore, HasWhatAFleetRecordedOfAnImage) {
  const std::string store = "dir:" + place_ / "s";
  const auto objects = open_objects({.store = store, .name_space = {}});
  ASSERT_TRUE(objects) << why(objects);
  ProfileStore profiles(**objects);
  const AccessProfile one = profile_of("shop/web:1", {"/one"}), other = profile_of("shop/web:1", {"/other"}, 2'000'000);
  ASSERT_TRUE(profiles.put(fresh(one, "n1")));
  ASSERT_TRUE(profiles.put(fresh(other, "n2")));
  const auto fetched = fetch_named(store + "//shop/web:1");
  ASSERT_TRUE(fetched) << why(fetched);
  EXPECT_EQ(fetched->accesses.size(), 2U);
  EXPECT_THAT(why(fetch_named(store + "//none:1")), HasSubstr("no profile of an image called none:1"));
  place_.write("s/damaged.json", "{");
  EXPECT_THAT(why(fetch_named(store + "//none:1")), HasSubstr("left out: object damaged: no JSON object"));
}

TEST(FleetName, SaysWhichStoreAndImage) {
  for (const char* word : {"kubernetes:app", "kubernetes:app:1", "dir:/x//app", "dir:relative//a/b:1"})
    EXPECT_TRUE(names_fleet(word)) << word;
  for (const char* word : {"app:1", "dir:/x/app", "profile.json", "kubernetes", "", "docker:app"})
    EXPECT_FALSE(names_fleet(word)) << word;
}

}  // namespace
}  // namespace winnow
