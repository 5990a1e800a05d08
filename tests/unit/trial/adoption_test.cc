// SPDX-License-Identifier: Apache-2.0
// A recording of an image subscribes before anything is born, and goes on from its notes whatever names are called now.
#include "trial/adoption.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "engines.h"

namespace winnow {
namespace {

using test::chunked;
using test::connect_to;
using test::id_of;
using test::plain;
using test::pong;
using test::ScriptedServer;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

std::string image_json(char digit) { return R"({"Id":")" + id_of(digit) + R"(","RepoTags":["app:1"]})"; }

// An engine at one minute and a quarter of a second after the epoch, whose name "app:1" leads to image IMAGE.
std::map<std::string, test::Answer> engine_at_a_minute(char image = 'a') {
  return {{"GET /_ping", pong()},
          {"GET /v1.41/info ", plain(R"({"SystemTime":"1970-01-01T00:01:00.25Z"})")},
          {"GET /v1.41/images/app:1/json", plain(image_json(image))},
          {"GET /v1.41/images/" + id_of('a') + "/json", plain(image_json('a'))},
          {"GET /v1.41/events?", {.bytes = chunked({}), .hold = true}}};
}

// The first lines of all requests.
std::vector<std::string> asked(const ScriptedServer& server) {
  std::vector<std::string> lines;
  for (const std::string& request : server.requests()) lines.push_back(request.substr(0, request.find(" HTTP/")));
  return lines;
}

const std::string kNotes = R"({"image":")" + id_of('a') + R"(","since":"42.000000007","containers":[
  {"cgroup":7,"id":"c2","name":"db","healthcheck":[],"volumes":[]},
  {"cgroup":18446744073709551615,"id":"c1","name":"web","healthcheck":["true"],
   "volumes":[{"destination":"/data","name":"v","shared":true}]}]})";

TEST(Adoption, BeginsAtTheTimeOfTheEnginesClock) {
  const ScriptedServer server(engine_at_a_minute());
  const auto engine = connect_to(server);
  ASSERT_TRUE(engine) << engine.error().what;
  const auto adoption = Adoption::begin(*engine, "app:1");
  ASSERT_TRUE(adoption) << adoption.error().what;
  EXPECT_EQ(adoption->image_id().str(), id_of('a'));
  EXPECT_EQ(adoption->containers(), 0U);
  EXPECT_THAT(adoption->read_from_outside(), IsEmpty());
  EXPECT_THAT(asked(server), Contains(StartsWith("GET /v1.41/events?since=60.250000000&filters=")));
}

TEST(Adoption, OfAnImageThatIsNotThereSaysHowToFindOne) {
  const ScriptedServer server(engine_at_a_minute());
  const auto engine = connect_to(server);
  ASSERT_TRUE(engine);
  const auto adoption = Adoption::begin(*engine, "gone\n");
  ASSERT_FALSE(adoption);
  EXPECT_THAT(adoption.error().what, HasSubstr("no image gone\\x0a in " + server.host()));
  EXPECT_THAT(adoption.error().hint, HasSubstr("`docker images`"));
  EXPECT_THAT(adoption.error().hint, HasSubstr("pulls nothing"));
  EXPECT_THAT(asked(server), Not(Contains(StartsWith("GET /v1.41/events"))));
}

TEST(Adoption, IsAnErrorWhereTheEngineHasNoTimeOrNoEvents) {
  auto timeless = engine_at_a_minute();
  timeless["GET /v1.41/info "] = plain(R"({"SystemTime":"noon"})");
  auto silent = engine_at_a_minute();
  silent["GET /v1.41/events?"] = plain(R"({"message":"no events today"})", "500 Internal Server Error");
  for (const auto& [all, reason] : {std::pair{timeless, "noon"}, {silent, "no events today"}}) {
    const ScriptedServer server(all);
    const auto engine = connect_to(server);
    ASSERT_TRUE(engine);
    const auto adoption = Adoption::begin(*engine, "app:1");
    ASSERT_FALSE(adoption) << reason;
    EXPECT_THAT(adoption.error().what, HasSubstr(reason));
  }
}

TEST(Adoption, GoesOnFromNotesWithTheContainersThatItKnew) {
  const ScriptedServer server(engine_at_a_minute());
  const auto engine = connect_to(server);
  ASSERT_TRUE(engine);
  const auto adoption = Adoption::resume(*engine, kNotes);
  ASSERT_TRUE(adoption) << adoption.error().what;
  EXPECT_EQ(adoption->containers(), 2U);
  const Described* const web = adoption->container_of(18446744073709551615U);
  ASSERT_NE(web, nullptr);
  EXPECT_EQ(web->id, "c1");
  EXPECT_EQ(web->name, "web");
  EXPECT_THAT(web->volumes, ::testing::ElementsAre(MountedVolume{"/data", "v", true}));
  const Described* const db = adoption->container_of(7);
  ASSERT_NE(db, nullptr);
  EXPECT_EQ(db->name, "db");
  EXPECT_EQ(adoption->container_of(8), nullptr);
}

TEST(Adoption, HearsAgainWhatHappenedSinceItBegan) {
  const ScriptedServer server(engine_at_a_minute());
  const auto engine = connect_to(server);
  ASSERT_TRUE(engine);
  ASSERT_TRUE(Adoption::resume(*engine, kNotes));
  EXPECT_THAT(asked(server), Contains(StartsWith("GET /v1.41/events?since=42.000000007&")));
  EXPECT_THAT(asked(server), Not(Contains("GET /v1.41/info")));  // the time is that of its begin
}

TEST(Adoption, StaysWithItsImageWhenTheNameIsGivenToAnother) {
  std::string notes;
  {
    const ScriptedServer server(engine_at_a_minute());
    const auto engine = connect_to(server);
    ASSERT_TRUE(engine);
    const auto adoption = Adoption::begin(*engine, "app:1");
    ASSERT_TRUE(adoption) << adoption.error().what;
    notes = adoption->save();
  }
  const ScriptedServer renamed(engine_at_a_minute('b'));
  const auto engine = connect_to(renamed);
  ASSERT_TRUE(engine);
  EXPECT_EQ(Adoption::begin(*engine, "app:1")->image_id().str(), id_of('b'));
  const auto resumed = Adoption::resume(*engine, notes);
  ASSERT_TRUE(resumed) << resumed.error().what;
  EXPECT_EQ(resumed->image_id().str(), id_of('a'));
}

TEST(Adoption, SavesWhatItResumedFrom) {
  const ScriptedServer server(engine_at_a_minute());
  const auto engine = connect_to(server);
  ASSERT_TRUE(engine);
  const auto adoption = Adoption::resume(*engine, kNotes);
  ASSERT_TRUE(adoption) << adoption.error().what;
  EXPECT_EQ(nlohmann::json::parse(adoption->save()), nlohmann::json::parse(kNotes));
}

TEST(Adoption, WhoseImageIsGoneCannotGoOn) {
  auto all = engine_at_a_minute();
  all.erase("GET /v1.41/images/" + id_of('a') + "/json");
  const ScriptedServer server(all);
  const auto engine = connect_to(server);
  ASSERT_TRUE(engine);
  const auto adoption = Adoption::resume(*engine, kNotes);
  ASSERT_FALSE(adoption);
  EXPECT_THAT(adoption.error().what, HasSubstr("no image " + id_of('a')));
}

TEST(Adoption, NotesThatAreBrokenAreAnErrorAndNeverACrash) {
  const ScriptedServer server(engine_at_a_minute());
  const auto engine = connect_to(server);
  ASSERT_TRUE(engine);
  const std::string image = R"("image":")" + id_of('a') + "\"";
  for (const std::string& broken :
       {std::string(), std::string("\x1b{"), std::string("[]"), "{" + image + "}", "{" + image + R"(,"since":1})",
        "{" + image + R"(,"since":"1.000000000"})", "{" + image + R"(,"since":"1.0","containers":[{"name":"web"}]})",
        "{" + image + R"(,"since":"1.0","containers":[{"cgroup":"x","name":"web","healthcheck":[]}]})"}) {
    const auto adoption = Adoption::resume(*engine, broken);
    ASSERT_FALSE(adoption) << broken;
    EXPECT_THAT(adoption.error().what, StartsWith("the session's notes cannot be read: ")) << broken;
    EXPECT_THAT(adoption.error().what, Not(HasSubstr("\x1b")));
  }
}

}  // namespace
}  // namespace winnow
