// SPDX-License-Identifier: Apache-2.0
// Whose containers are watched, and what becomes of them, by events that a real engine cannot be made to send in time.
#include "prove/start_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <thread>

#include "support/scripted_server.h"

namespace winnow {
namespace {

using test::chunked;
using test::kLastChunk;
using test::plain;
using test::pong;
using test::ScriptedServer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const Digest kOurs = Digest::of("ours"), kOther = Digest::of("other");

std::string event(const std::string& action, const std::string& id, int time_ns, const std::string& more = "") {
  return R"({"Type":"container","Action":")" + action + R"(","Actor":{"ID":")" + id +
         R"(","Attributes":{"image":"app:1","name":"name-)" + id + "\"" + more + R"(}},"timeNano":)" +
         std::to_string(time_ns) + "}\n";
}

test::Answer container(const Digest& image, const std::string& error) {
  return plain(R"({"Id":"c","Name":"/c","Image":")" + image.str() +
               R"(","Config":{"Image":"app:1"},"State":{"Error":")" + error + R"(","Running":false,"ExitCode":127}})");
}

// What is seen of EVENTS, of containers whose answers are in CONTAINERS by id.
Attempt seen(const test::Answer& events, const std::map<std::string, test::Answer>& containers) {
  std::map<std::string, test::Answer> answers = {
      {"GET /_ping", pong()},
      {"GET /v1.41/info ", plain(R"({"SystemTime":"1970-01-01T00:01:00.25Z"})")},
      {"GET /v1.41/images/app:1/json", plain(R"({"Id":")" + kOurs.str() + R"("})")},
      {"GET /v1.41/events?", events}};
  for (const auto& [id, answer] : containers) answers.emplace("GET /v1.41/containers/" + id + "/json", answer);
  const ScriptedServer server(answers);
  setenv("DOCKER_HOST", server.host().c_str(), 1);
  const auto engine = Engine::connect();
  EXPECT_TRUE(engine);
  auto watch = StartWatch::begin(*engine, kOurs);
  EXPECT_TRUE(watch) << watch.error().what;
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  Attempt attempt;
  watch->finish(attempt);
  return attempt;
}

TEST(StartWatchTest, AContainerThatCouldNotBeStartedIsToldWithTheEnginesWords) {
  const Attempt attempt =
      seen({.bytes = chunked({event("create", "a", 1), event("die", "a", 2, R"(,"exitCode":"127")")}), .hold = true},
           {{"a", container(kOurs, "exec: no such file")}});
  EXPECT_THAT(attempt.start_failures, ElementsAre("name-a: exec: no such file"));
  EXPECT_EQ(attempt.unwatched, "");
}

TEST(StartWatchTest, WhatAContainerIsMadeFromIsAskedOfItAndNotOfItsImagesName) {
  const Attempt attempt =
      seen({.bytes = chunked({event("create", "a", 1), event("die", "a", 2, R"(,"exitCode":"127")"),
                              event("create", "b", 3), event("die", "b", 4, R"(,"exitCode":"127")")}),
            .hold = true},
           {{"a", container(kOther, "not ours")}, {"b", container(kOurs, "ours")}});
  EXPECT_THAT(attempt.start_failures, ElementsAre("name-b: ours"));
}

TEST(StartWatchTest, OneThatIsGoneAlreadyHasItsImagesNameAlone) {
  const Attempt attempt = seen(
      {.bytes = chunked({event("create", "a", 1), event("die", "a", 2, R"(,"exitCode":"127")")}), .hold = true}, {});
  EXPECT_THAT(attempt.start_failures, ElementsAre("name-a could not be started (status 127)"));
}

TEST(StartWatchTest, AStreamThatEndsIsTold) {
  const Attempt attempt =
      seen({chunked({event("create", "a", 1), event("start", "a", 2)}) + kLastChunk}, {{"a", container(kOurs, "")}});
  EXPECT_THAT(attempt.start_failures, IsEmpty());
  EXPECT_THAT(attempt.unwatched, HasSubstr("closed its event stream"));
}

}  // namespace
}  // namespace winnow
