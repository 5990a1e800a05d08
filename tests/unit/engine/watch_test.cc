// SPDX-License-Identifier: Apache-2.0
// A subscription to an engine's events: what is asked for, what is passed over, and what each event says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <cstdlib>

#include "support/scripted_server.h"
#include "winnow/base/error.h"
#include "winnow/engine/engine.h"

namespace winnow {
namespace {

using enum ContainerEvent::Action;
using test::chunked;
using test::pong;
using test::ScriptedServer;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

std::string event(const std::string& action, const std::string& id, int time_ns, const std::string& more = "") {
  return R"({"Type":"container","Action":")" + action + R"(","Actor":{"ID":")" + id + R"(","Attributes":{)" + more +
         R"(}},"timeNano":)" + std::to_string(time_ns) + "}\n";
}

// What a subscription to a stream of PIECES gives until its last event, which is the end of a container "last".
class WatchTest : public testing::Test {
 protected:
  std::vector<ContainerEvent> events(std::vector<std::string> pieces) {
    pieces.push_back(event("die", "last", 999'999));
    server_.emplace(std::map<std::string, test::Answer>{
        {"GET /_ping", pong()}, {"GET /v1.41/events?", {.bytes = chunked(pieces), .hold = true}}});
    setenv("DOCKER_HOST", server_->host().c_str(), 1);
    const auto engine = Engine::connect();
    std::vector<ContainerEvent> all;
    if (!engine) return all;
    auto watch = engine->watch("7.000000001");
    EXPECT_TRUE(watch) << watch.error().what;
    pollfd readable{.fd = watch ? watch->fd() : -1, .events = POLLIN, .revents = 0};
    while (watch && ::poll(&readable, 1, 10'000) == 1) {
      for (ContainerEvent& one : watch->take()) all.push_back(std::move(one));
      if (watch->failure()) ADD_FAILURE() << watch->failure()->what;
      if (watch->failure() || (!all.empty() && all.back().id == "last")) break;
    }
    EXPECT_TRUE(!all.empty() && all.back().id == "last");
    if (!all.empty()) all.pop_back();
    return all;
  }
  [[nodiscard]] std::vector<std::string> requests() const { return server_->requests(); }

 private:
  std::optional<ScriptedServer> server_;
};

TEST_F(WatchTest, AsksFromTheGivenTimeOnWithoutAskingForTheClock) {
  EXPECT_THAT(events({}), IsEmpty());
  EXPECT_THAT(requests(), Contains(StartsWith("GET /v1.41/events?since=7.000000001&filters=%7B")));
  EXPECT_THAT(requests(), SizeIs(2));  // the greeting, and this
}

TEST_F(WatchTest, GivesWhatTheEngineSaysOfAContainer) {
  const auto all = events({event("create", "c1", 1, R"("name":"web","image":"app:1")"),
                           event("start", "c1", 2, R"("name":"web","image":"app:1")"),
                           event("die", "c1", 3, R"("name":"web","image":"app:1","exitCode":"137")")});
  ASSERT_THAT(all, SizeIs(3));
  EXPECT_EQ(all[0].action, kCreate);
  EXPECT_EQ(all[0].id, "c1");
  EXPECT_EQ(all[0].name, "web");
  EXPECT_EQ(all[0].image, "app:1");
  EXPECT_EQ(all[0].exit_code, std::nullopt);
  EXPECT_EQ(all[1].action, kStart);
  EXPECT_EQ(all[2].action, kDie);
  EXPECT_EQ(all[2].exit_code, 137);
}

std::vector<std::string> ids(const std::vector<ContainerEvent>& all) {
  std::vector<std::string> list;
  for (const ContainerEvent& one : all) list.push_back(one.id);
  return list;
}

TEST_F(WatchTest, PassesOverWhatIsAboutSomethingElse) {
  EXPECT_THAT(ids(events({R"({"Type":"image","Action":"pull","Actor":{"ID":"i1"},"timeNano":1})"
                          "\n",
                          R"({"Type":"network","Action":"create","Actor":{"ID":"n1"},"timeNano":2})"
                          "\n",
                          event("rename", "c1", 3), event("start", "c2", 4)})),
              ElementsAre("c2"));
}

TEST_F(WatchTest, TellsEventsOfTheSameTimeApart) {
  EXPECT_THAT(ids(events({event("create", "c1", 1), event("create", "c2", 1), event("start", "c1", 1)})),
              ElementsAre("c1", "c2", "c1"));
}

TEST_F(WatchTest, ForgetsARepetitionOnlyAfterAsManyAsAnEngineRemembers) {
  std::vector<std::string> pieces;
  for (int at = 0; at < 256; ++at) pieces.push_back(event("start", "c" + std::to_string(at), at));
  const std::vector<std::string> once = pieces;
  pieces.insert(pieces.end(), once.begin(), once.end());  // from its memory, and live
  EXPECT_THAT(events(pieces), SizeIs(256));
}

TEST_F(WatchTest, ReadsEventsCutAtEachByte) {
  const std::string text = event("create", "c1", 1) + event("start", "c1", 2);
  std::vector<std::string> pieces;
  for (const char byte : text) pieces.emplace_back(1, byte);
  EXPECT_THAT(ids(events(pieces)), ElementsAre("c1", "c1"));
}

TEST_F(WatchTest, GoesOnAfterItWasMoved) {
  const ScriptedServer server(
      {{"GET /_ping", pong()}, {"GET /v1.41/events?", {.bytes = chunked({event("start", "c1", 1)}), .hold = true}}});
  setenv("DOCKER_HOST", server.host().c_str(), 1);
  const auto engine = Engine::connect();
  ASSERT_TRUE(engine);
  auto first = engine->watch("1.000000000");
  ASSERT_TRUE(first) << first.error().what;
  ContainerWatch second = std::move(*first);
  pollfd readable{.fd = second.fd(), .events = POLLIN, .revents = 0};
  ASSERT_EQ(::poll(&readable, 1, 10'000), 1);
  EXPECT_THAT(ids(second.take()), ElementsAre("c1"));
  readable.revents = 0;
  EXPECT_EQ(::poll(&readable, 1, 0), 0);  // all was taken
  EXPECT_THAT(second.take(), IsEmpty());
  EXPECT_FALSE(second.failure());
}

TEST(EngineInfo, IsToldInWordsWithWhoChoseIt) {
  EngineInfo info{.endpoint = "unix:///run/d.sock", .name = "docker", .version = "20.10.24", .api_version = "1.41"};
  EXPECT_EQ(info.in_words(), "docker 20.10.24 at unix:///run/d.sock");
  info.chosen_by = "docker context edge\x1b";
  EXPECT_EQ(info.in_words(), "docker 20.10.24 at unix:///run/d.sock, chosen by docker context edge\\x1b");
}

}  // namespace
}  // namespace winnow
