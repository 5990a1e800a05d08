// SPDX-License-Identifier: Apache-2.0
// Where a container's ports are for a test.
#include "trial/ready.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace winnow {
namespace {

using testing::ElementsAre;

TEST(TestEnvironment, NamesPortsOfTheHostNetworkAsTheyAre) {
  const Container container{.id = "c1", .ports = {{80, 0}, {443, 0}}, .host_network = true};
  EXPECT_THAT(environment_of(container), ElementsAre("WINNOW_CONTAINER=c1", "WINNOW_ADDRESS=127.0.0.1",
                                                     "WINNOW_PORT_80=80", "WINNOW_PORT_443=443"));
}

TEST(TestEnvironment, NamesPublishedPortsAsTheHostHasThem) {
  const Container container{.id = "c1", .ports = {{80, 8080}}, .address = "172.17.0.2"};
  EXPECT_THAT(environment_of(container),
              ElementsAre("WINNOW_CONTAINER=c1", "WINNOW_ADDRESS=127.0.0.1", "WINNOW_PORT_80=8080"));
}

TEST(TestEnvironment, NamesTheContainersAddressWhereNothingIsPublished) {
  const Container container{.id = "c1", .ports = {{80, 0}}, .address = "172.17.0.2"};
  EXPECT_THAT(environment_of(container),
              ElementsAre("WINNOW_CONTAINER=c1", "WINNOW_ADDRESS=172.17.0.2", "WINNOW_PORT_80=80"));
}

TEST(TestEnvironment, LeavesOutPortsThatCannotBeReached) {
  const Container container{.id = "c1", .ports = {{80, 0}}};
  EXPECT_THAT(environment_of(container), ElementsAre("WINNOW_CONTAINER=c1", "WINNOW_ADDRESS=127.0.0.1"));
}

}  // namespace
}  // namespace winnow
