// SPDX-License-Identifier: Apache-2.0
// Names of images: what an engine takes, and where the tag begins.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "winnow/engine/engine.h"

namespace winnow {
namespace {

using testing::Pair;

TEST(ImageNames, HaveATagOnlyAfterTheLastSlash) {
  EXPECT_THAT(repository_and_tag("app"), Pair("app", "latest"));
  EXPECT_THAT(repository_and_tag("app:1.2"), Pair("app", "1.2"));
  EXPECT_THAT(repository_and_tag("localhost:5000/app"), Pair("localhost:5000/app", "latest"));
  EXPECT_THAT(repository_and_tag("localhost:5000/team/app:1"), Pair("localhost:5000/team/app", "1"));
}

TEST(ImageNames, ThatEnginesTakeAreTaken) {
  for (const char* name : {"app", "app:1", "app:Release_1.2-rc", "team/app", "a.b/c_d__e--f:x", "localhost:5000/app",
                           "Registry.Example:443/app", "localhost/app", "0/1"})
    EXPECT_TRUE(is_image_name(name)) << name;
}

TEST(ImageNames, ThatEnginesRefuseAreRefused) {
  const std::string long_tag(129, 'a');
  for (const std::string name : {"",
                                 "App",
                                 "localhost:5000/App",
                                 "app:",
                                 "app:-1",
                                 "app:a:b",
                                 "app:a b",
                                 ":1",
                                 "/app",
                                 "app/",
                                 "a//b",
                                 "-app",
                                 "app-",
                                 "a..b",
                                 "a___b",
                                 "a._b",
                                 "app@sha256:00",
                                 "localhost:port/app",
                                 "localhost:/app",
                                 "-host.com/app",
                                 "app\n",
                                 "team/App:1"})
    EXPECT_FALSE(is_image_name(name)) << name;
  EXPECT_FALSE(is_image_name("app:" + long_tag));
  EXPECT_FALSE(is_image_name(std::string(256, 'a')));
}

TEST(ImageNames, MayBeAsLongAsEnginesTakeThem) {
  EXPECT_TRUE(is_image_name("app:" + std::string(128, 'a')));
  EXPECT_FALSE(is_image_name("app:" + std::string(129, 'a')));
  EXPECT_TRUE(is_image_name(std::string(255, 'a') + ":1"));
  EXPECT_FALSE(is_image_name(std::string(256, 'a') + ":1"));
}

TEST(ImageNames, HaveAHostOnlyWhereItCannotBeAPartOfThePath) {
  EXPECT_TRUE(is_image_name("example.org/app"));
  EXPECT_TRUE(is_image_name("Example.org/app"));  // a host may have capitals
  EXPECT_FALSE(is_image_name("Example/app"));     // a part of the path may not
  EXPECT_FALSE(is_image_name("example.org/"));
  EXPECT_TRUE(is_image_name("example.org"));  // an image of that name
}

TEST(ImageNames, AreJoinedByWhatEnginesJoinThemBy) {
  for (const char* joint : {".", "_", "__", "-", "---"}) {
    EXPECT_TRUE(is_image_name("a" + std::string(joint) + "b")) << joint;
    EXPECT_FALSE(is_image_name("a" + std::string(joint))) << joint;
    EXPECT_FALSE(is_image_name("team/" + std::string(joint) + "b")) << joint;
  }
  for (const char* joint : {"..", "___", "._", "-.", "_-", "+", "~"})
    EXPECT_FALSE(is_image_name("a" + std::string(joint) + "b")) << joint;
}

}  // namespace
}  // namespace winnow
