// SPDX-License-Identifier: Apache-2.0
// The Docker API's text forms: addresses, versions, names, JSON answers, event lines, log frames.
#include "engine/api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/streams.h"
#include "winnow/base/error.h"

namespace winnow::engine {
namespace {

using testing::HasSubstr;
using namespace std::string_literals;
using Action = ContainerEvent::Action;

TEST(DockerHost, UnderstandsUnixAndTcpAddresses) {
  EXPECT_EQ(parse_endpoint("unix:///run/user/1000/docker.sock")->str(), "unix:///run/user/1000/docker.sock");
  EXPECT_EQ(parse_endpoint("tcp://127.0.0.1:2376")->str(), "tcp://127.0.0.1:2376");
  EXPECT_EQ(parse_endpoint("tcp://127.0.0.1:2376/")->address, "127.0.0.1:2376");
  EXPECT_EQ(parse_endpoint("tcp://engine")->address, "engine:2375");
  EXPECT_EQ(parse_endpoint("tcp://[::1]")->address, "[::1]:2375");
  EXPECT_EQ(parse_endpoint("tcp://[::1]:99")->address, "[::1]:99");
  EXPECT_FALSE(parse_endpoint("tcp://engine")->unix_socket);
}

TEST(DockerHost, RefusesOtherSchemesAndBrokenAddressesAsAUsageError) {
  for (const std::string text :
       {"ssh://host", "fd://", "npipe:////./pipe/docker", "/var/run/docker.sock", "unix://relative", "tcp://",
        "tcp://host:port", "tcp://host:99999", "tcp://host:1/path", "tcp://user@host:1"}) {
    const auto endpoint = parse_endpoint(text);
    ASSERT_FALSE(endpoint) << text;
    EXPECT_EQ(endpoint.error().fault, Fault::kUsage) << text;
    EXPECT_THAT(endpoint.error().what, HasSubstr(text));
  }
  EXPECT_FALSE(parse_endpoint("unix:///" + std::string(107, 'a')));
  EXPECT_TRUE(parse_endpoint("unix:///" + std::string(106, 'a')));
}

TEST(ApiVersion, IsTheOlderOfTheEnginesAndOurs) {
  EXPECT_EQ(*negotiate("1.24"), "1.24");
  EXPECT_EQ(*negotiate("1.41"), "1.41");
  EXPECT_EQ(*negotiate("1.99"), "1.44");
  EXPECT_EQ(*negotiate("2.0"), "1.44");
}

TEST(ApiVersion, OfAnOldEngineOrNoneIsRefused) {
  for (const char* version : {"1.23", "0.9"})
    EXPECT_THAT(negotiate(version).error().what, HasSubstr("1.24 is the oldest"));
  for (const char* version : {"", "1", "1.x", "one.two", "1.41 "}) {
    EXPECT_THAT(negotiate(version).error().what, HasSubstr("does not name an API version")) << version;
  }
}

TEST(InspectedContainers, TellTheirTcpPortsAndWhereTheyAre) {
  const auto parse = [](const std::string& more) {
    auto parsed = parse_container(R"({"Id":"c1","Image":"sha256:)" + std::string(64, 'a') + "\"," + more + "}");
    EXPECT_TRUE(parsed) << parsed.error().what;
    return parsed ? parsed->container : Container{};
  };
  const auto bridged = parse(
      R"("Config":{"ExposedPorts":{"80/tcp":{},"53/udp":{},"99999/tcp":{}}},
         "NetworkSettings":{"IPAddress":"172.17.0.2","Ports":{"80/tcp":[{"HostIp":"","HostPort":"8080"}],"443/tcp":null}})");
  EXPECT_THAT(bridged.ports, testing::ElementsAre(Port{80, 8080}, Port{443, 0}));
  EXPECT_EQ(bridged.address, "172.17.0.2");
  EXPECT_FALSE(bridged.host_network);
  const auto host = parse(R"("HostConfig":{"NetworkMode":"host"},"Config":{"ExposedPorts":{"80/tcp":{}}},
                             "State":{"Error":"exec: not found"})");
  EXPECT_TRUE(host.host_network);
  EXPECT_EQ(host.error, "exec: not found");
  EXPECT_EQ(parse(R"("NetworkSettings":{"Networks":{"a":{"IPAddress":""},"b":{"IPAddress":"10.0.0.3"}}})").address,
            "10.0.0.3");
}

TEST(Lists, AreReadAtTheTopAndBelowAMember) {
  EXPECT_THAT(*parse_list(R"([{"Id":"a"},{"Id":"b"},{"Other":1},7])", "", "Id"), testing::ElementsAre("a", "b"));
  EXPECT_THAT(*parse_list(R"({"Volumes":[{"Name":"v"}]})", "Volumes", "Name"), testing::ElementsAre("v"));
  EXPECT_THAT(*parse_list(R"({"Volumes":null})", "Volumes", "Name"), testing::IsEmpty());
  for (const char* nonsense : {"", "{}", "7", R"({"Volumes":7})"})
    EXPECT_FALSE(parse_list(nonsense, "Volumes", "Name"));
  EXPECT_EQ(filter("label", {"a=b"}), "%7B%22label%22:%5B%22a%3Db%22%5D%7D");
}

TEST(ContainerAnswer, GivesVolumesButNoOtherMountsAndTheWordsOfTheLastProbe) {
  const auto inspected = parse_container(R"({"Id":"c1","Image":"sha256:)" + std::string(64, 'a') + R"(",
      "Config":{"Labels":{"a":"1","b":7},"Healthcheck":{"Test":["CMD-SHELL","ask"]},"Shell":["/bin/ash","-ec"]},
      "State":{"Health":{"Status":"unhealthy","Log":[{"Output":"first"},{"Output":"ask: not found"}]}},
      "Mounts":[{"Type":"volume","Name":"static","Destination":"/srv/static"},
                {"Type":"bind","Source":"/etc","Destination":"/srv/etc"},
                {"Type":"volume","Name":"odd","Destination":"relative"}, 7]})");
  ASSERT_TRUE(inspected) << inspected.error().what;
  EXPECT_THAT(inspected->container.volumes, testing::ElementsAre(Volume{"static", "/srv/static"}));
  EXPECT_EQ(inspected->container.health_output, "ask: not found");
  EXPECT_THAT(inspected->container.healthcheck, testing::ElementsAre("/bin/ash", "-ec", "ask"));
  EXPECT_THAT(inspected->container.labels, testing::ElementsAre(testing::Pair("a", "1")));
}

TEST(EventLine, TellsOfHealthVolumesAndWhatIsTakenOut) {
  const auto event_of = [](const std::string& line) {
    const auto parsed = parse_event(line);
    EXPECT_TRUE(parsed && *parsed) << line;
    return parsed && *parsed ? (*parsed)->event : ContainerEvent{};
  };
  const auto health = event_of(R"({"Type":"container","Action":"health_status: unhealthy","Actor":{"ID":"c1"}})");
  EXPECT_EQ(health.action, Action::kHealth);
  EXPECT_EQ(health.health, "unhealthy");
  const std::string kill = R"({"Type":"container","Action":"kill","Actor":{"ID":"c1","Attributes":{"signal":")";
  EXPECT_EQ(event_of(kill + "15\"}}}").action, Action::kHealth);
  EXPECT_EQ(event_of(kill + "15\"}}}").health, "");
  EXPECT_EQ(*parse_event(kill + "1\"}}}"), std::nullopt) << "it is told to read its files again";
  const auto mount =
      event_of(R"({"Type":"volume","Action":"mount","Actor":{"ID":"static","Attributes":{"container":"c1"}}})");
  EXPECT_EQ(mount.action, Action::kMount);
  EXPECT_EQ(mount.id, "c1");
  EXPECT_EQ(mount.volume, "static");
  for (const std::string name : {"archive-path", "export"})
    EXPECT_EQ(event_of(R"({"Type":"container","Action":")" + name + R"(","Actor":{"ID":"c1"}})").action,
              Action::kTakeOut);
}

TEST(ImageName, IsEncodedSoThatItCannotBecomeAnotherRequest) {
  EXPECT_EQ(encode("localhost:5000/team/app:1.0_x~y-z"), "localhost:5000/team/app:1.0_x~y-z");
  EXPECT_EQ(encode("app@sha256:00"), "app@sha256:00");
  EXPECT_EQ(encode("a?force=1&b#c d%\n\xff"), "a%3Fforce%3D1%26b%23c%20d%25%0A%FF");
}

TEST(ImageName, ThatTheEngineWouldRedirectIsNotAskedFor) {
  EXPECT_TRUE(is_askable("team/app:1"));
  for (const char* name : {"", "/app", "a//b", "a/", "..", "../containers/x", "a/./b"})
    EXPECT_FALSE(is_askable(name)) << name;
}

TEST(ContainerAnswer, GivesStateHealthAndImage) {
  const auto inspected =
      parse_container(R"({"Id":"c0ffee","Name":"/web","Image":"sha256:)" + std::string(64, 'a') + R"(",
      "Config":{"Image":"nginx:1","Tty":true},
      "State":{"Pid":42,"Running":true,"ExitCode":0,"Error":"no such file","Health":{"Status":"healthy"}}})");
  ASSERT_TRUE(inspected) << inspected.error().what;
  EXPECT_TRUE(inspected->terminal);
  const Container& container = inspected->container;
  EXPECT_EQ(container.id, "c0ffee");
  EXPECT_EQ(container.name, "web");
  EXPECT_EQ(container.image, "nginx:1");
  EXPECT_EQ(container.image_id.hex(), std::string(64, 'a'));
  EXPECT_EQ(container.pid, 42);
  EXPECT_TRUE(container.running);
  EXPECT_EQ(container.health, "healthy");
  EXPECT_EQ(container.error, "no such file");
}

TEST(ContainerAnswer, WithoutHealthCheckHasNoHealth) {
  const std::string start =
      R"({"Id":"c","Name":"/n","Image":")" + std::string(64, 'b') + R"(","State":{"ExitCode":137)";
  for (const char* end : {"}}", R"(,"Health":{"Status":"none"}}})"}) {
    const auto inspected = parse_container(start + end);
    ASSERT_TRUE(inspected) << inspected.error().what;
    EXPECT_EQ(inspected->container.health, "");
    EXPECT_EQ(inspected->container.exit_code, 137);
    EXPECT_FALSE(inspected->container.running);
  }
}

TEST(ContainerAnswer, OfAnotherShapeIsAnErrorAndNeverACrash) {
  for (const char* text :
       {"", "[]", "{", R"({"Id":7})", R"({"Id":"c","State":[],"Config":null,"Image":{}})", R"({"Id":"c"})"}) {
    EXPECT_FALSE(parse_container(text)) << text;
  }
}

TEST(ImageAnswer, GivesTagsDigestsAndSize) {
  const auto image = parse_image(R"({"Id":"sha256:)" + std::string(64, 'c') +
                                 R"(","RepoTags":["a:1","b:2",3],"RepoDigests":null,"Size":123456789012})");
  ASSERT_TRUE(image) << image.error().what;
  EXPECT_EQ(image->id.hex(), std::string(64, 'c'));
  EXPECT_THAT(image->tags, testing::ElementsAre("a:1", "b:2"));
  EXPECT_TRUE(image->repo_digests.empty());
  EXPECT_EQ(image->size, 123456789012u);
  EXPECT_FALSE(parse_image(R"({"Id":"sha256:short"})"));
}

TEST(EngineClock, IsReadWithFractionAndZone) {
  const auto read = [](const std::string& time) { return parse_engine_time(R"({"SystemTime":")" + time + "\"}"); };
  EXPECT_EQ(*read("1970-01-01T00:01:00Z"), "60.000000000");
  EXPECT_EQ(*read("1970-01-02T00:00:00.5Z"), "86400.500000000");
  EXPECT_EQ(*read("1970-01-01T02:00:00.123456789+02:00"), "0.123456789");
  EXPECT_EQ(*read("1970-01-01T00:00:00-00:30"), "1800.000000000");
  for (const char* time : {"", "yesterday", "1970-01-01T00:00:00", "1970-01-01T00:00:00+x"})
    EXPECT_FALSE(read(time)) << time;
}

TEST(ErrorAnswer, IsShownInTheEnginesWordsAndSafeForATerminal) {
  EXPECT_EQ(error_text("{\"message\":\"no such image: x\\u001b[31m\\n\"}"), "no such image: x\\x1b[31m");
  EXPECT_EQ(error_text("404 page not found\n"), "404 page not found");
  EXPECT_EQ(error_text(""), "no explanation");
}

TEST(ProgressLine, WithAnErrorIsTold) {
  EXPECT_EQ(stream_error(R"({"errorDetail":{"message":"m"},"error":"invalid diffID"})"), "invalid diffID");
  EXPECT_TRUE(stream_error(R"({"error":{"code":1}})"));
  EXPECT_FALSE(stream_error(R"({"stream":"Loaded image: a:1\n"})"));
  EXPECT_FALSE(stream_error("not json"));
}

TEST(EventLine, GivesTheActionAndTheContainer) {
  const auto line = parse_event(R"({"Type":"container","Action":"die","Actor":{"ID":"c1","Attributes":
      {"exitCode":"137","image":"app:1","name":"web"}},"timeNano":1700000000123456789})");
  ASSERT_TRUE(line) << line.error().what;
  ASSERT_TRUE(*line);
  const ContainerEvent& event = (*line)->event;
  EXPECT_EQ(event.action, Action::kDie);
  EXPECT_EQ(event.id, "c1");
  EXPECT_EQ(event.image, "app:1");
  EXPECT_EQ(event.name, "web");
  EXPECT_EQ(event.exit_code, 137);
  EXPECT_EQ((*line)->time_ns, 1700000000123456789);
}

TEST(EventLine, AboutSomethingElseIsPassedOver) {
  EXPECT_EQ(*parse_event(R"({"Type":"container","Action":"exec_start: sh","Actor":{"ID":"c1"}})"), std::nullopt);
  EXPECT_EQ(*parse_event(R"({"Type":"image","Action":"create","Actor":{"ID":"c1"}})"), std::nullopt);
  EXPECT_NE(*parse_event(R"({"Type":"container","Action":"create","Actor":{"ID":"c1"}})"), std::nullopt);
  EXPECT_FALSE(parse_event(R"({"Type":"container","Action":"create","Actor":{}})"));
  EXPECT_EQ(*parse_event(R"({"Type":"volume","Action":"create","Actor":{"ID":"v1"}})"), std::nullopt);
  EXPECT_EQ(*parse_event(R"({"Type":"container","Action":"mount","Actor":{"ID":"c1"}})"), std::nullopt);
  EXPECT_FALSE(parse_event("<html>"));
}

// In pieces of every size.
ContainerLog unframed(const std::string& text, std::size_t most = 1000) {
  const auto read = [&](std::size_t size) {
    LogReader reader(true, most);
    for (std::size_t at = 0; at < text.size(); at += size) EXPECT_TRUE(reader.feed(text.substr(at, size)));
    return std::move(reader).log();
  };
  const ContainerLog whole = read(text.size() + 1);
  for (std::size_t size = 1; size <= text.size(); ++size) EXPECT_EQ(read(size).both, whole.both) << size;
  return whole;
}

TEST(ContainerLog, LosesItsFrames) {
  EXPECT_EQ(unframed("\1\0\0\0\0\0\0\2hi\3\0\0\0\0\0\0\5 gone"s).both, "hi gone");  // the engine's own words
  EXPECT_EQ(unframed("\1\0\0\0\0\0\0\3out\2\0\0\0\0\0\0\4err\n"s).both, "outerr\n");
  EXPECT_EQ(unframed("\1\0\0\0\0\0\0\3out\2\0\0\0\0\0\0\4err\n\1\0\0\0\0\0\0\1!"s).out, "out!");
  EXPECT_EQ(unframed("\1\0\0\0\0\0\0\3out\2\0\0\0\0\0\0\4err\n\1\0\0\0\0\0\0\1!"s).err, "err\n");
  EXPECT_EQ(unframed("\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\1!"s).out, "!");
  EXPECT_EQ(unframed("").both, "");
  EXPECT_EQ(unframed("\1\0\0\0\0\0\1\0"s + std::string(256, 'x')).both, std::string(256, 'x'));
}

TEST(ContainerLog, CutShortIsWhatThereIs) {
  EXPECT_EQ(unframed("\1\0\0\0\xff\xff\xff\xffpart"s).both, "part");
  EXPECT_EQ(unframed("\1\0\0\0\0\0\0\1a\1\0\0"s).both, "a");
}

TEST(ContainerLog, HasTheBeginOfEachStreamAndNoMore) {
  const ContainerLog log = unframed("\1\0\0\0\0\0\0\5abcde\2\0\0\0\0\0\0\2no\1\0\0\0\0\0\0\1f"s, 3);
  EXPECT_EQ(log.out, "abc");
  EXPECT_EQ(log.err, "no");
}

TEST(ContainerLog, WithoutFramesIsAnError) {
  EXPECT_THAT(LogReader(true, 100).feed("plain text").error().what, HasSubstr("not framed"));
}

TEST(LineReader, JoinsPiecesAndLeavesEmptyLinesOut) {
  LineReader reader(8);
  std::vector<std::string> lines;
  const http::Sink take = [&](std::string_view line) -> Result<void> {
    lines.emplace_back(line);
    return {};
  };
  for (const char* piece : {"on", "e\n\n\ntw", "o\nthree"}) ASSERT_TRUE(reader.feed(piece, take));
  EXPECT_THAT(lines, testing::ElementsAre("one", "two"));
  EXPECT_EQ(reader.rest(), "three");
}

TEST(LineReader, RefusesALineThatIsTooLong) {
  const http::Sink take = [](std::string_view) -> Result<void> { return {}; };
  EXPECT_TRUE(LineReader(8).feed("12345678\n12345678\n", take));
  EXPECT_THAT(LineReader(8).feed("123456789", take).error().what, HasSubstr("longer than 8"));
}

}  // namespace
}  // namespace winnow::engine
