// SPDX-License-Identifier: Apache-2.0
// What an engine says of a recorded container reaches its run in the profile, also through a session's notes.
#include "trial/described.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace winnow {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::string kAnonymous(64, 'a');

Container container() {
  return {.id = "c1",
          .name = "web",
          .healthcheck = {"/bin/sh", "-c", "curl localhost"},
          .volumes = {{kAnonymous, "/var/lib/data"}, {"shared-cache", "/cache"}}};
}

TEST(Described, TakesAnAnonymousVolumeForTheContainersOwnAndANamedOneForAShared) {
  const Described described = describe(container());
  EXPECT_EQ(described.id, "c1");
  EXPECT_EQ(described.name, "web");
  EXPECT_THAT(described.healthcheck, ElementsAre("/bin/sh", "-c", "curl localhost"));
  EXPECT_THAT(described.volumes, ElementsAre(MountedVolume{"/cache", "shared-cache", true},
                                             MountedVolume{"/var/lib/data", kAnonymous, false}));
}

TEST(Described, TakesANameThatOnlyLooksAnonymousForAGivenOne) {
  Container one = container();
  one.volumes = {{std::string(63, 'a'), "/a"}, {std::string(63, 'a') + "g", "/b"}, {std::string(65, 'a'), "/c"}};
  for (const MountedVolume& volume : describe(one).volumes) EXPECT_TRUE(volume.shared) << volume.destination;
  one.volumes = {{std::string("0123456789abcdef") + std::string(48, '0'), "/d"}};
  EXPECT_FALSE(describe(one).volumes.front().shared);
}

TEST(Described, SharesTheVolumeThatAnotherContainerHasAndNoOther) {
  Container one = container();
  one.volumes.push_back({std::string(64, 'b'), "/own"});
  Described described = describe(one);
  described.share(std::string(64, 'c'));
  EXPECT_FALSE(described.volumes[1].shared);
  described.share(kAnonymous);
  EXPECT_THAT(described.volumes, ElementsAre(MountedVolume{"/cache", "shared-cache", true},
                                             MountedVolume{"/own", std::string(64, 'b'), false},
                                             MountedVolume{"/var/lib/data", kAnonymous, true}));
}

TEST(Described, FillsARunAndLeavesWhatWasRecordedAlone) {
  winnow::Run run;
  run.command_status = 7;
  run.from_start = true;
  fill(run, describe(container()));
  EXPECT_EQ(run.name, "web");
  EXPECT_THAT(run.healthcheck, ElementsAre("/bin/sh", "-c", "curl localhost"));
  EXPECT_THAT(run.volumes, testing::SizeIs(2));
  EXPECT_EQ(run.command_status, 7);
  EXPECT_TRUE(run.from_start);
}

TEST(Notes, BringBackAllThatWasDescribed) {
  const Described before = describe(container());
  const Described after = described_in(nlohmann::json::parse(notes_of(before).dump()));
  EXPECT_EQ(after.id, before.id);
  EXPECT_EQ(after.name, before.name);
  EXPECT_EQ(after.healthcheck, before.healthcheck);
  EXPECT_EQ(after.volumes, before.volumes);
}

TEST(Notes, KeepNamesThatAreNoText) {
  Container one = container();
  one.name = "we\xff\nb%41";
  one.volumes = {{"data", "/srv/\xfe\x01%"}};
  const Described after = described_in(nlohmann::json::parse(notes_of(describe(one)).dump()));
  EXPECT_EQ(after.name, "we\xff\nb%41");
  EXPECT_EQ(after.volumes.at(0).destination, "/srv/\xfe\x01%");
}

TEST(Notes, OfAnEarlierVersionHaveNeitherIdNorVolumes) {
  const Described described = described_in(nlohmann::json::parse(R"({"name":"web","healthcheck":["true"]})"));
  EXPECT_EQ(described.name, "web");
  EXPECT_THAT(described.healthcheck, ElementsAre("true"));
  EXPECT_EQ(described.id, "");
  EXPECT_THAT(described.volumes, IsEmpty());
}

TEST(Notes, OfAnotherShapeAreAnException) {
  EXPECT_NO_THROW((void)described_in(nlohmann::json::parse(R"({"name":"web","healthcheck":[]})")));
  for (const char* broken : {R"({"healthcheck":[]})", R"({"name":"web"})", R"({"name":1,"healthcheck":[]})",
                             R"({"name":"web","healthcheck":"true"})",
                             R"({"name":"web","healthcheck":[],"volumes":[{"name":"v","shared":true}]})"}) {
    EXPECT_ANY_THROW((void)described_in(nlohmann::json::parse(broken))) << broken;
  }
}

}  // namespace
}  // namespace winnow
