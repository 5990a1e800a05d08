// SPDX-License-Identifier: Apache-2.0
// The engine's doors against answers that a real engine cannot be made to give: cut short, endless, failing half-way.
#include "winnow/engine/engine.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <cstdlib>

#include "support/scripted_server.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"

namespace winnow {
namespace {

using test::chunked;
using test::kLastChunk;
using test::plain;
using test::pong;
using test::ScriptedServer;
using testing::ElementsAre;
using testing::HasSubstr;

Result<Engine> connect_to(const std::string& host) {
  setenv("DOCKER_HOST", host.c_str(), 1);
  return Engine::connect();
}

// All that is in FD.
std::string content_of(int fd) { return read_file("/proc/self/fd/" + std::to_string(fd)).value_or("unreadable"); }

TEST(EngineConnect, TellsWhichEngineAnswersAndWhatItSpeaks) {
  const ScriptedServer server({{"GET /_ping", pong()}});
  const auto engine = connect_to(server.host());
  ASSERT_TRUE(engine) << engine.error().what;
  EXPECT_EQ(engine->info().endpoint, server.host());
  EXPECT_EQ(engine->info().name, "docker");
  EXPECT_EQ(engine->info().version, "20.10.24");
  EXPECT_EQ(engine->info().api_version, "1.41");
  EXPECT_THAT(engine->client_environment(), ElementsAre("DOCKER_HOST=" + server.host()));
}

TEST(EngineConnect, RefusesAnEngineThatIsTooOld) {
  const ScriptedServer server({{"GET /_ping", pong("1.22")}});
  EXPECT_THAT(connect_to(server.host()).error().what, HasSubstr("1.24 is the oldest"));
}

TEST(EngineConnect, NamesTheSocketAndTheReasonWhenNobodyAnswers) {
  const auto engine = connect_to("unix:///nonexistent/docker.sock");
  ASSERT_FALSE(engine);
  EXPECT_THAT(engine.error().what, HasSubstr("/nonexistent/docker.sock"));
  EXPECT_THAT(engine.error().what, HasSubstr("No such file or directory"));
  EXPECT_EQ(engine.error().fault, Fault::kFailure);
}

TEST(EngineConnect, RefusesTlsInsteadOfSpeakingInTheClear) {
  setenv("DOCKER_TLS_VERIFY", "1", 1);
  const auto engine = connect_to("tcp://127.0.0.1:1");
  unsetenv("DOCKER_TLS_VERIFY");
  ASSERT_FALSE(engine);
  EXPECT_EQ(engine.error().fault, Fault::kUsage);
  EXPECT_THAT(engine.error().what, HasSubstr("TLS"));
}

TEST(EngineConnect, RefusesAServerThatIsNoEngine) {
  const ScriptedServer server({{"GET /_ping", plain("OK")}});
  EXPECT_THAT(connect_to(server.host()).error().what, HasSubstr("does not name an API version"));
}

TEST(EngineFind, GivesNothingForWhatTheEngineDoesNotKnow) {
  const std::string id(64, 'a');
  const ScriptedServer server(
      {{"GET /_ping", pong()},
       {"GET /v1.41/containers/web/json ", plain(R"({"Id":"c1","Image":"sha256:)" + id + "\"}")},
       {"GET /v1.41/images/team/app:1/json ", plain(R"({"Id":"sha256:)" + id + "\"}")}});
  const auto engine = connect_to(server.host());
  ASSERT_TRUE(engine) << engine.error().what;
  EXPECT_EQ((*engine->find_container("web"))->id, "c1");
  EXPECT_EQ((*engine->find_image("team/app:1"))->id.hex(), id);
  for (const char* name : {"db", "", "../web"}) {
    EXPECT_EQ(engine->find_container(name)->has_value(), false) << name;
    EXPECT_EQ(engine->find_image(name)->has_value(), false) << name;
  }
}

TEST(EngineFind, RepeatsWhatTheEngineSaysIsWrong) {
  const ScriptedServer server(
      {{"GET /_ping", pong()},
       {"GET /v1.41/containers/", plain(R"({"message":"multiple IDs found"})", "500 Internal Server Error")}});
  const auto engine = connect_to(server.host());
  ASSERT_TRUE(engine);
  const auto found = engine->find_container("a");
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().what, HasSubstr("500: multiple IDs found"));
}

TEST(EngineFind, RefusesAnEndlessAnswer) {
  const ScriptedServer server(
      {{"GET /_ping", pong()}, {"GET /v1.41/images/a/json", plain(std::string(std::size_t{17} << 20, 'x'))}});
  const auto engine = connect_to(server.host());
  ASSERT_TRUE(engine);
  EXPECT_THAT(engine->find_image("a").error().what, HasSubstr("longer than"));
}

TEST(EngineSave, WritesTheWholeArchiveAndRefusesOneThatIsCutShort) {
  const ScriptedServer server({{"GET /_ping", pong()},
                               {"GET /v1.41/images/whole/get", {chunked({"one", "two"}) + kLastChunk}},
                               {"GET /v1.41/images/cut/get", {chunked({"one"})}},
                               {"GET /v1.41/images/torn/get", {chunked({}) + "ff\r\none"}}});
  const auto engine = connect_to(server.host());
  ASSERT_TRUE(engine);
  const auto file = open_temporary();
  ASSERT_TRUE(file);
  ASSERT_TRUE(engine->save_image("whole", file->get()));
  EXPECT_EQ(content_of(file->get()), "onetwo");
  for (const char* name : {"cut", "torn", "absent"}) EXPECT_FALSE(engine->save_image(name, file->get())) << name;
}

TEST(EngineSave, FailsWhenTheDiskDoes) {
  const ScriptedServer server({{"GET /_ping", pong()}, {"GET /v1.41/images/a/get", {chunked({"one"}) + kLastChunk}}});
  const auto engine = connect_to(server.host());
  ASSERT_TRUE(engine);
  const auto full = open_file("/dev/full", O_WRONLY);
  ASSERT_TRUE(full);
  EXPECT_THAT(engine->save_image("a", full->get()).error().what, HasSubstr("No space left"));
}

TEST(EngineLoad, SendsTheFileFromItsBeginningWhereverItsPositionIs) {
  const ScriptedServer server(
      {{"GET /_ping", pong()}, {"POST /v1.41/images/load", plain("{\"stream\":\"Loaded\"}\n")}});
  const auto engine = connect_to(server.host());
  ASSERT_TRUE(engine);
  const auto file = open_temporary();
  ASSERT_TRUE(file);
  ASSERT_TRUE(write_all(file->get(), "archive"));
  const auto loaded = engine->load_image(file->get());
  ASSERT_TRUE(loaded) << loaded.error().what;
  EXPECT_THAT(server.requests().back(), HasSubstr("7\r\narchive\r\n"));
}

TEST(EngineLoad, FailsWhenTheProgressEndsInAnErrorWithOrWithoutANewline) {
  for (const char* end : {"\n", ""}) {
    const ScriptedServer server({{"GET /_ping", pong()},
                                 {"POST /v1.41/images/load",
                                  plain(std::string("{\"stream\":\"Loading\"}\n{\"error\":\"bad diffID\"}") + end)}});
    const auto engine = connect_to(server.host());
    ASSERT_TRUE(engine);
    const auto file = open_temporary();
    ASSERT_TRUE(file);
    EXPECT_THAT(engine->load_image(file->get()).error().what, HasSubstr("bad diffID"));
  }
}

TEST(EngineRemove, IsContentWhenTheContainerIsGoneAlready) {
  const ScriptedServer server({{"GET /_ping", pong()},
                               {"DELETE /v1.41/containers/stuck?v=1&force=1",
                                plain(R"({"message":"device busy"})", "500 Internal Server Error")}});
  const auto engine = connect_to(server.host());
  ASSERT_TRUE(engine);
  EXPECT_TRUE(engine->remove_container("gone"));
  EXPECT_THAT(engine->remove_container("stuck").error().what, HasSubstr("device busy"));
}

TEST(EngineLog, IsReadWithAndWithoutATerminal) {
  const std::string inspection = R"({"Id":"c1","Image":")" + std::string(64, 'a') + R"(","Config":{"Tty":)";
  const ScriptedServer server({{"GET /_ping", pong()},
                               {"GET /v1.41/containers/framed/json", plain(inspection + "false}}")},
                               {"GET /v1.41/containers/framed/logs", plain(std::string("\1\0\0\0\0\0\0\2hi", 10))},
                               {"GET /v1.41/containers/tty/json", plain(inspection + "true}}")},
                               {"GET /v1.41/containers/tty/logs", plain("as it is")}});
  const auto engine = connect_to(server.host());
  ASSERT_TRUE(engine);
  EXPECT_EQ(engine->container_log("framed", 10)->both, "hi");
  EXPECT_EQ(engine->container_log("tty", 10)->out, "as it is");
  EXPECT_THAT(server.requests().back(), HasSubstr("tail=10"));
  EXPECT_FALSE(engine->container_log("absent", 10));
}

// Waits until WATCH has something to say; false after ten seconds.
bool ready(const ContainerWatch& watch) {
  pollfd event{.fd = watch.fd(), .events = POLLIN, .revents = 0};
  return poll(&event, 1, 10'000) == 1;
}

std::string event_line(const std::string& action, const std::string& id, int time_ns) {
  return R"({"Type":"container","Action":")" + action + R"(","Actor":{"ID":")" + id + R"("},"timeNano":)" +
         std::to_string(time_ns) + "}\n";
}

ScriptedServer event_server(test::Answer events) {
  return ScriptedServer({{"GET /_ping", pong()},
                         {"GET /v1.41/info ", plain(R"({"SystemTime":"1970-01-01T00:01:00.25Z"})")},
                         {"GET /v1.41/events?since=60.250000000&", std::move(events)}});
}

TEST(ContainerWatch, GivesEachEventOnceAndInOrder) {
  const std::string create = event_line("create", "c1", 1);
  const std::string start = event_line("start", "c1", 2);
  const auto server =
      event_server({.bytes = chunked({create + start.substr(0, 9), start.substr(9), create}), .hold = true});
  const auto engine = connect_to(server.host());
  ASSERT_TRUE(engine);
  auto watch = engine->watch();
  ASSERT_TRUE(watch) << watch.error().what;
  std::vector<ContainerEvent> events;
  while (events.size() < 2 && ready(*watch)) {
    for (ContainerEvent& event : watch->take()) events.push_back(std::move(event));
  }
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].action, ContainerEvent::Action::kCreate);
  EXPECT_EQ(events[1].action, ContainerEvent::Action::kStart);
  EXPECT_FALSE(watch->failure());
  EXPECT_TRUE(watch->take().empty());
}

TEST(ContainerWatch, SaysThatAndWhyTheStreamBroke) {
  const std::string line = event_line("create", "c1", 1);
  const std::pair<test::Answer, std::string> cases[] = {
      {{chunked({line}) + kLastChunk}, "closed its event stream"},
      {{chunked({line})}, "watching events"},
      {{.bytes = chunked({line, "<html>\n"}), .hold = true}, "not a JSON object"},
      {{.bytes = chunked({line, std::string(std::size_t{9} << 20, ' ')}), .hold = true}, "a line is longer than"}};
  for (const auto& [answer, reason] : cases) {
    const auto server = event_server(answer);
    const auto engine = connect_to(server.host());
    ASSERT_TRUE(engine);
    auto watch = engine->watch();
    ASSERT_TRUE(watch) << watch.error().what;
    std::size_t events = 0;
    while (!watch->failure() && ready(*watch)) events += watch->take().size();
    events += watch->take().size();
    EXPECT_EQ(events, 1u) << reason;
    ASSERT_TRUE(watch->failure()) << reason;
    EXPECT_THAT(watch->failure()->what, HasSubstr(reason));
  }
}

TEST(ContainerWatch, IsRefusedWhenTheEngineRefusesTheSubscription) {
  const auto server = event_server(plain(R"({"message":"bad filter"})", "400 Bad Request"));
  const auto engine = connect_to(server.host());
  ASSERT_TRUE(engine);
  EXPECT_THAT(engine->watch().error().what, HasSubstr("bad filter"));
}

// It would hang here for ever if it did not.
TEST(ContainerWatch, EndsWithItsObjectWhileTheStreamIsOpen) {
  const auto server = event_server({.bytes = chunked({}), .hold = true});
  const auto engine = connect_to(server.host());
  ASSERT_TRUE(engine);
  auto watch = engine->watch();
  ASSERT_TRUE(watch) << watch.error().what;
  auto moved = std::move(*watch);
  EXPECT_GE(moved.fd(), 0);
}

}  // namespace
}  // namespace winnow
