// SPDX-License-Identifier: Apache-2.0
// One exchange: what is sent, what is taken of an answer, and where it ends.
#include "winnow/http/http.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "support/scripted_server.h"
#include "unit/http/loopback_server.h"
#include "winnow/base/file.h"

namespace winnow::http {
namespace {

using test::Answer;
using test::chunked;
using test::kLastChunk;
using test::LoopbackServer;
using test::plain;
using test::ScriptedServer;
using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

constexpr std::size_t kMiB = std::size_t{1} << 20;

Endpoint at(const ScriptedServer& server) { return {.address = server.host().substr(std::string("unix://").size())}; }

Endpoint at(const LoopbackServer& server) {
  return {.unix_socket = false,
          .address = "somewhere.invalid:" + std::to_string(server.port()),
          .numeric = server.address()};
}

std::string headed(const std::string& headers, const std::string& body = "") {
  return "HTTP/1.1 200 OK\r\n" + headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

// What perform() says of one GET that is answered so.
Result<Response> answered(const std::string& bytes, Request request = {}) {
  ScriptedServer server({{"", {bytes}}});
  request.target = "/x";
  return perform(at(server), request);
}

std::string message(const Result<Response>& result) { return result ? "no error" : result.error().what; }

TEST(Endpoint, IsShownAsDockerHostHasIt) {
  EXPECT_EQ((Endpoint{.address = "/run/docker.sock"}.str()), "unix:///run/docker.sock");
  EXPECT_EQ((Endpoint{.unix_socket = false, .address = "[::1]:2375"}.str()), "tcp://[::1]:2375");
}

TEST(HttpRequest, GoesOverAUnixSocketToLocalhost) {
  ScriptedServer server({{"GET /_ping", test::pong("1.44")}});
  const auto response = perform(at(server), {.target = "/_ping?a=%2F"});
  ASSERT_TRUE(response) << response.error().what;
  EXPECT_EQ(response->status, 200);
  EXPECT_TRUE(response->ok());
  EXPECT_EQ(response->body, "OK");
  EXPECT_EQ(response->api_version, "1.44");
  EXPECT_EQ(response->server, "Docker/20.10.24 (linux)");
  EXPECT_TRUE(response->whole);
  EXPECT_THAT(server.requests(),
              ElementsAre(AllOf(StartsWith("GET /_ping?a=%2F HTTP/1.1\r\n"), HasSubstr("\r\nHost: localhost\r\n"))));
}

TEST(HttpRequest, GoesToTheNumericAddressWithoutAskingForTheName) {
  for (const bool v6 : {false, true}) {
    LoopbackServer server(plain("here"), v6);
    if (v6 && !server.valid()) continue;  // a machine without IPv6
    ASSERT_TRUE(server.valid());
    const auto response = perform(at(server), {.target = "/"});
    ASSERT_TRUE(response) << response.error().what;
    EXPECT_EQ(response->body, "here");
    EXPECT_THAT(server.requests(), ElementsAre(HasSubstr("\r\nHost: " + at(server).address + "\r\n")));
  }
}

TEST(HttpRequest, GoesToAHostAndPortAsTheyAreWritten) {
  LoopbackServer server(plain("here"));
  const auto response =
      perform({.unix_socket = false, .address = "127.0.0.1:" + std::to_string(server.port())}, {.target = "/"});
  ASSERT_TRUE(response) << response.error().what;
  EXPECT_EQ(response->body, "here");
}

TEST(HttpRequest, AsksNoProxy) {
  LoopbackServer server(plain("here")), proxy(plain("the proxy"));
  const std::string url = "http://127.0.0.1:" + std::to_string(proxy.port());
  ASSERT_EQ(::setenv("http_proxy", url.c_str(), 1), 0);
  const auto response = perform(at(server), {.target = "/"});
  ASSERT_EQ(::unsetenv("http_proxy"), 0);
  ASSERT_TRUE(response) << response.error().what;
  EXPECT_EQ(response->body, "here");
  EXPECT_THAT(proxy.requests(), IsEmpty());
}

TEST(HttpRequest, HasTheTargetAsItIsGiven) {
  ScriptedServer server({{"GET ", plain("")}});
  for (const char* target : {"/a/../b/./c", "//double//slash", "/%2e%2e/x?y=/../z"}) {
    ASSERT_TRUE(perform(at(server), {.target = target})) << target;
    EXPECT_THAT(server.requests().back(), StartsWith(std::string("GET ") + target + " HTTP/1.1\r\n"));
  }
}

TEST(HttpRequest, CannotBecomeAnotherByWhatIsInItsTarget) {
  ScriptedServer server({{"", plain("")}});
  for (const char* target : {"/x\r\nEvil: 1", "/x\nEvil: 1", "/x HTTP/1.1\r\n\r\nGET /y"}) {
    EXPECT_FALSE(perform(at(server), {.target = target})) << target;
  }
  EXPECT_THAT(server.requests(), IsEmpty());
  EXPECT_TRUE(perform(at(server), {.target = "/x"})) << "the server answers what is well-formed";
}

TEST(HttpRequest, HasTheCallersHeaders) {
  ScriptedServer server({{"GET ", plain("")}});
  ASSERT_TRUE(perform(at(server), {.target = "/", .headers = {"Accept: text/html", "X-Own: a"}}));
  EXPECT_THAT(server.requests(), ElementsAre(AllOf(HasSubstr("\r\nAccept: text/html\r\n"),
                                                   HasSubstr("\r\nX-Own: a\r\n"), Not(HasSubstr("Accept: */*")))));
}

TEST(HttpRequest, OfAnyMethodWithoutABodyEndsWithItsHeaders) {
  ScriptedServer server({{"", plain("done")}});
  for (const std::string method : {"POST", "DELETE", "PUT"}) {
    const auto response = perform(at(server), {.method = method, .target = "/containers/x"});
    ASSERT_TRUE(response) << response.error().what;
    EXPECT_EQ(response->body, "done");
    const std::string request = server.requests().back();
    EXPECT_THAT(request, AllOf(StartsWith(method + " /containers/x HTTP/1.1\r\n"), EndsWith("\r\n\r\n")));
    EXPECT_EQ(request.contains("Content-Length: 0\r\n"), method == "POST") << request;
  }
}

class SentBody : public testing::Test {
 protected:
  // A file with TEXT, at whose end the descriptor stands.
  static Fd file_of(const std::string& text) {
    auto file = open_temporary();
    EXPECT_TRUE(file && write_all(file->get(), text));
    return file ? *std::move(file) : Fd();
  }
};

TEST_F(SentBody, IsTheWholeFileFromItsBeginningInChunks) {
  ScriptedServer server({{"POST /load", plain("loaded")}});
  const Fd file = file_of("the bytes of an archive");
  const auto response = perform(at(server), {.method = "POST", .target = "/load", .body_fd = file.get()});
  ASSERT_TRUE(response) << response.error().what;
  EXPECT_EQ(response->body, "loaded");
  EXPECT_THAT(
      server.requests(),
      ElementsAre(AllOf(StartsWith("POST /load "), HasSubstr("Content-Type: application/x-tar\r\n"),
                        Not(HasSubstr("Expect:")), EndsWith("\r\n17\r\nthe bytes of an archive\r\n0\r\n\r\n"))));
  EXPECT_EQ(::lseek(file.get(), 0, SEEK_CUR), 23) << "the place in the file is the caller's";
}

TEST_F(SentBody, IsWholeIfItIsManyChunks) {
  ScriptedServer server({{"PUT /load", plain("loaded")}});
  const Fd file = file_of(std::string(3 * kMiB, 'x') + "end");
  ASSERT_TRUE(perform(at(server), {.method = "PUT", .target = "/load", .body_fd = file.get()}));
  const std::string request = server.requests().at(0);
  const auto sent =
      std::count(request.begin() + static_cast<std::ptrdiff_t>(request.find("\r\n\r\n")), request.end(), 'x');
  EXPECT_EQ(static_cast<std::size_t>(sent), 3 * kMiB);
}

TEST_F(SentBody, MayBeEmpty) {
  ScriptedServer server({{"POST /load", plain("loaded")}});
  const Fd file = file_of("");
  ASSERT_TRUE(perform(at(server), {.method = "POST", .target = "/load", .body_fd = file.get()}));
  EXPECT_THAT(server.requests(), ElementsAre(EndsWith("\r\n\r\n0\r\n\r\n")));
}

TEST_F(SentBody, ThatCannotBeReadIsTheError) {
  ScriptedServer server({{"POST /load", plain("loaded")}});
  const auto directory = open_file("/", O_RDONLY | O_DIRECTORY);
  ASSERT_TRUE(directory);
  const auto response = perform(at(server), {.method = "POST", .target = "/load", .body_fd = directory->get()});
  EXPECT_THAT(message(response), AllOf(StartsWith("POST /load at " + server.host()), HasSubstr("reading what is sent"),
                                       HasSubstr("Is a directory")));
}

TEST(HttpAnswer, OfAnyStatusIsAResponse) {
  const std::pair<const char*, long> kStatus[] = {{"201 Created", 201},
                                                  {"304 Not Modified", 304},
                                                  {"404 Not Found", 404},
                                                  {"500 Internal Server Error", 500},
                                                  {"599 ", 599}};
  for (const auto& [line, status] : kStatus) {
    const auto response = answered(plain(status == 304 ? "" : "why", line).bytes);
    ASSERT_TRUE(response) << line << ": " << response.error().what;
    EXPECT_EQ(response->status, status);
    EXPECT_EQ(response->ok(), status == 201) << line;
    EXPECT_EQ(response->body, status == 304 ? "" : "why");
  }
}

TEST(HttpAnswer, ThatRedirectsIsNotFollowed) {
  const std::string away = "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n";
  ScriptedServer server({{"GET /elsewhere", plain("followed")}, {"GET /x", {away}}});
  const auto response = perform(at(server), {.target = "/x"});
  ASSERT_TRUE(response) << response.error().what;
  EXPECT_EQ(response->status, 302);
  EXPECT_EQ(response->location, "/elsewhere");
  EXPECT_EQ(response->body, "");
  EXPECT_THAT(server.requests(), SizeIs(1));
}

TEST(HttpAnswer, HasHeadersWhateverTheCaseOfTheirNames) {
  const auto response =
      answered(headed("content-TYPE:text/html; charset=utf-8\r\nLOCATION: \t http://a:1/b \t\r\nserver:\r\n"
                      "X-Api-Version: 9\r\nApi-Version-Minimum: 8\r\napi-version: 1.4\r\n"));
  ASSERT_TRUE(response) << response.error().what;
  EXPECT_EQ(response->content_type, "text/html; charset=utf-8");
  EXPECT_EQ(response->location, "http://a:1/b");
  EXPECT_EQ(response->server, "");
  EXPECT_EQ(response->api_version, "1.4");
}

TEST(HttpAnswer, IsReadToTheEndThatItNames) {
  EXPECT_EQ(answered(chunked({"a", "bc"}) + kLastChunk)->body, "abc");
  EXPECT_EQ(answered(headed("", "abc") + "and more")->body, "abc") << "what follows is another answer";
  EXPECT_EQ(answered("HTTP/1.0 200 OK\r\n\r\nto the end")->body, "to the end");
  EXPECT_EQ(answered("HTTP/1.1 100 Continue\r\n\r\n" + headed("", "after all"))->body, "after all");
}

TEST(HttpAnswer, HasTheHeadersOfItsOwnAndNotThoseOfAnInterimAnswerOrBehindTheBody) {
  const std::string early = "HTTP/1.1 103 Early Hints\r\nServer: early\r\nLocation: /early\r\n\r\n";
  const auto after_hints = answered(early + headed("Content-Type: text/plain\r\n", "abc"));
  ASSERT_TRUE(after_hints) << message(after_hints);
  EXPECT_EQ(after_hints->status, 200);
  EXPECT_EQ(after_hints->server, "");
  EXPECT_EQ(after_hints->location, "");
  EXPECT_EQ(after_hints->content_type, "text/plain");
  const auto trailed = answered(chunked({"abc"}) + "0\r\nServer: late\r\nApi-Version: 9\r\n\r\n");
  ASSERT_TRUE(trailed) << message(trailed);
  EXPECT_EQ(trailed->body, "abc");
  EXPECT_EQ(trailed->server, "");
  EXPECT_EQ(trailed->api_version, "");
}

TEST(HttpAnswer, ThatIsNotWholeIsAnErrorThatSaysWhatWasAskedAndWhere) {
  const std::pair<const char*, std::string> kBroken[] = {
      {"nothing", ""},
      {"another protocol", "SSH-2.0-OpenSSH_9.2\r\n"},
      {"a status that is cut", "HTTP/1.1 2"},
      {"a version there is not", "HTTP/7.3 200 OK\r\n\r\n"},
      {"headers that do not end", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n"},
      {"less than it promises", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"},
      {"a length that is no number", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nabc"},
      {"no last chunk", chunked({"abc"})},
      {"a chunk that is cut", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nabc"},
      {"a chunk of no size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n"},
      {"a chunk of any size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nabc\r\n"},
      {"a header without end", "HTTP/1.1 200 OK\r\nServer: " + std::string(kMiB, 'a') + "\r\n\r\n"},
  };
  for (const auto& [what, bytes] : kBroken) {
    ScriptedServer server({{"GET /x?y", {bytes}}});
    const auto response = perform(at(server), {.target = "/x?y"});
    EXPECT_FALSE(response) << what;
    EXPECT_THAT(message(response), StartsWith("GET /x?y at " + server.host() + ": ")) << what;
  }
}

TEST(HttpBody, IsCollectedUpToItsLimitAndLongerIsAnError) {
  const auto most = answered(headed("", std::string(16 * kMiB, 'a')));
  ASSERT_TRUE(most) << most.error().what;
  EXPECT_THAT(most->body, SizeIs(16 * kMiB));
  EXPECT_THAT(message(answered(headed("", std::string(16 * kMiB + 1, 'a')))),
              AllOf(HasSubstr("the answer is longer than"), HasSubstr("GET /x at unix://")));
}

TEST(HttpBody, OfAnErrorHasTheSameLimit) {
  EXPECT_THAT(message(answered(plain(std::string(16 * kMiB + 1, 'a'), "500 Oh").bytes,
                               {.sink = [](std::string_view) { return Result<void>{}; }})),
              HasSubstr("the answer is longer than"));
}

TEST(HttpBody, IsCutWhereTheCallerSaysAndIsNoError) {
  for (const std::size_t bytes : {0U, 1U, 9U}) {
    const auto cut = answered(headed("", "0123456789"), {.body_bounds = BodyBounds{bytes, std::chrono::hours(1)}});
    ASSERT_TRUE(cut) << cut.error().what;
    EXPECT_EQ(cut->body, std::string("0123456789").substr(0, bytes));
    EXPECT_FALSE(cut->whole);
    EXPECT_EQ(cut->status, 200);
  }
  const auto whole = answered(headed("", "0123456789"), {.body_bounds = BodyBounds{10, std::chrono::hours(1)}});
  ASSERT_TRUE(whole) << whole.error().what;
  EXPECT_EQ(whole->body, "0123456789");
  EXPECT_TRUE(whole->whole);
}

TEST(HttpBody, ThatDoesNotEndIsCutWhenItsTimeIsOver) {
  ScriptedServer server({{"GET /events", {chunked({"first"}), true}}});
  const Request request{.target = "/events", .body_bounds = BodyBounds{100, std::chrono::milliseconds(1)}};
  const auto response = perform(at(server), request);
  ASSERT_TRUE(response) << response.error().what;
  EXPECT_EQ(response->status, 200);
  EXPECT_FALSE(response->whole);
  EXPECT_EQ(response->body, "first");
}

TEST(HttpBody, GoesToTheSinkInsteadOfTheResponseHoweverLongItIs) {
  std::size_t taken = 0;
  const auto response = answered(headed("", std::string(17 * kMiB, 'a')), {.sink = [&](std::string_view piece) {
                                   taken += piece.size();
                                   return Result<void>{};
                                 }});
  ASSERT_TRUE(response) << response.error().what;
  EXPECT_EQ(taken, 17 * kMiB);
  EXPECT_EQ(response->body, "");
}

TEST(HttpBody, OfAnErrorDoesNotGoToTheSink) {
  bool called = false;
  const auto response = answered(plain("no such image", "404 Not Found").bytes, {.sink = [&](std::string_view) {
                                   called = true;
                                   return Result<void>{};
                                 }});
  ASSERT_TRUE(response) << response.error().what;
  EXPECT_EQ(response->body, "no such image");
  EXPECT_FALSE(called);
}

TEST(HttpBody, ThatTheSinkRefusesEndsTheExchangeWithItsReasonAndItsHint) {
  ScriptedServer server({{"GET /events", {chunked({"first", "second"}), true}}});
  std::string heard;
  const auto response = perform(at(server), {.target = "/events", .patience_s = 0, .sink = [&](std::string_view piece) {
                                               heard += piece;
                                               return heard.contains("second")
                                                          ? Result<void>(fail("no archive", "look at the disk"))
                                                          : Result<void>{};
                                             }});
  ASSERT_FALSE(response);
  EXPECT_EQ(heard, "firstsecond");
  EXPECT_EQ(response.error().what, "GET /events at " + server.host() + ": no archive");
  EXPECT_EQ(response.error().hint, "look at the disk");
}

TEST(HttpAccepted, ComesBeforeTheBodyOfAGoodAnswerAndOfNoOther) {
  const auto told = [](const std::string& bytes) {
    std::string order;
    const auto response = answered(bytes, {.sink =
                                               [&](std::string_view piece) {
                                                 order += piece;
                                                 return Result<void>{};
                                               },
                                           .accepted = [&] { order += "accepted "; }});
    EXPECT_TRUE(response) << message(response);
    return order;
  };
  EXPECT_EQ(told(headed("", "body")), "accepted body");
  EXPECT_EQ(told(headed("", "")), "accepted ") << "it needs no body";
  EXPECT_EQ(told("HTTP/1.1 100 Continue\r\n\r\n" + headed("", "body")), "accepted body") << "once";
  EXPECT_EQ(told(chunked({"body"}) + "0\r\nServer: late\r\n\r\n"), "accepted body") << "once, whatever trails it";
  EXPECT_EQ(told(plain("body", "404 Not Found").bytes), "");
  EXPECT_EQ(told(plain("body", "302 Found").bytes), "");
}

TEST(HttpStop, AskedForBeforeLeavesTheServerAlone) {
  ScriptedServer server({{"", plain("here")}});
  std::stop_source stop;
  EXPECT_TRUE(perform(at(server), {.target = "/x"}, stop.get_token()));
  stop.request_stop();
  EXPECT_EQ(message(perform(at(server), {.target = "/x"}, stop.get_token())),
            "GET /x at " + server.host() + ": stopped");
  EXPECT_THAT(server.requests(), SizeIs(1));
}

TEST(HttpStop, EndsAnExchangeThatWouldLastForEver) {
  ScriptedServer server({{"GET /events", {chunked({}), true}}});
  std::stop_source stop;
  std::jthread other;
  const Request request{
      .target = "/events", .patience_s = 0, .accepted = [&] { other = std::jthread([&] { stop.request_stop(); }); }};
  EXPECT_THAT(message(perform(at(server), request, stop.get_token())), EndsWith(": stopped"));
}

TEST(HttpPatience, IsForTheWholeExchange) {
  ScriptedServer silent({{"", {"", true}}});
  ScriptedServer endless({{"", {chunked({"first"}), true}}});
  for (const ScriptedServer* server : {&silent, &endless}) {
    EXPECT_THAT(message(perform(at(*server), {.target = "/x", .patience_s = 1})),
                AllOf(StartsWith("GET /x at " + server->host()), HasSubstr("Timeout")));
  }
}

TEST(HttpConnection, ThatFailsIsReportedWithTheReasonOfTheSystem) {
  EXPECT_THAT(message(perform({.address = "/no/such/socket"}, {.target = "/_ping"})),
              AllOf(StartsWith("GET /_ping at unix:///no/such/socket: "), HasSubstr("No such file or directory")));
  std::string gone;
  std::uint16_t port = 0;
  {
    const LoopbackServer server(plain(""));
    port = server.port();
  }
  const auto refused =
      perform({.unix_socket = false, .address = "127.0.0.1:" + std::to_string(port)}, {.target = "/_ping"});
  EXPECT_THAT(message(refused), HasSubstr("Connection refused"));
}

TEST(HttpConnection, WithTlsToAServerWithoutItIsAnError) {
  LoopbackServer server(plain("here"));
  Endpoint endpoint = at(server);
  EXPECT_TRUE(perform(endpoint, {.target = "/"}));
  endpoint.tls = true;
  EXPECT_FALSE(perform(endpoint, {.target = "/"}));
}

}  // namespace
}  // namespace winnow::http
