// SPDX-License-Identifier: Apache-2.0
// One question to a web server that may be hostile: what it is asked, and what is kept of its answer.
#include "winnow/http/web.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "unit/http/loopback_server.h"

namespace winnow {
namespace {

using test::Answer;
using test::chunked;
using test::LoopbackServer;
using test::plain;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

WebQuestion about(const LoopbackServer& server) { return {.address = server.address(), .port = server.port()}; }

// What is heard of a server that answers so.
Result<WebAnswer> heard(const Answer& answer) {
  const LoopbackServer server(answer);
  EXPECT_TRUE(server.valid());
  return ask_web(about(server));
}

TEST(WebQuestion, HasTheOriginThatABrowserWouldShow) {
  EXPECT_EQ((WebQuestion{.address = "172.17.0.2", .port = 8080}.origin()), "http://localhost:8080");
  EXPECT_EQ((WebQuestion{.address = "::1", .port = 443, .tls = true}.origin()), "https://localhost:443");
}

TEST(WebQuestion, AsksForLocalhostAtTheNumericAddress) {
  for (const bool v6 : {false, true}) {
    const LoopbackServer server(plain("here"), v6);
    if (v6 && !server.valid()) continue;  // a machine without IPv6
    ASSERT_TRUE(server.valid());
    WebQuestion question = about(server);
    question.target = "/page?q=%20";
    const auto answer = ask_web(question);
    ASSERT_TRUE(answer) << answer.error().what;
    EXPECT_EQ(answer->body, "here");
    EXPECT_THAT(server.requests(),
                ElementsAre(AllOf(StartsWith("GET /page?q=%20 HTTP/1.1\r\n"),
                                  HasSubstr("\r\nHost: localhost:" + std::to_string(server.port()) + "\r\n"),
                                  HasSubstr("\r\nUser-Agent: winnow\r\n"), HasSubstr("\r\nAccept: text/html"))));
  }
}

TEST(WebQuestion, SendsNoCookieThatAnEarlierAnswerSet) {
  const LoopbackServer server({"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n"});
  ASSERT_TRUE(ask_web(about(server)));
  ASSERT_TRUE(ask_web(about(server)));
  EXPECT_THAT(server.requests(), ElementsAre(Not(HasSubstr("Cookie")), Not(HasSubstr("Cookie"))));
}

TEST(WebQuestion, IsNotAskedIfItsTargetWouldMakeAnotherRequestOfIt) {
  const LoopbackServer server(plain("here"));
  WebQuestion question = about(server);
  question.target = "/\r\nCookie: a=b";
  EXPECT_FALSE(ask_web(question));
  EXPECT_THAT(server.requests(), IsEmpty());
}

TEST(WebAnswer, HasStatusHeadersAndBody) {
  const auto answer =
      heard({"HTTP/1.1 418 Teapot\r\nContent-Type: text/html\r\nContent-Length: 5\r\nServer: x\r\n\r\nshort"});
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_EQ(answer->status, 418);
  EXPECT_EQ(answer->content_type, "text/html");
  EXPECT_EQ(answer->location, "");
  EXPECT_EQ(answer->body, "short");
  EXPECT_TRUE(answer->whole);
}

TEST(WebAnswer, ThatRedirectsIsNotFollowed) {
  const LoopbackServer elsewhere(plain("followed"));
  const std::string url = "http://127.0.0.1:" + std::to_string(elsewhere.port()) + "/";
  for (const std::string status : {"301 Moved", "302 Found", "307 Temporary", "308 Permanent"}) {
    const auto answer = heard({"HTTP/1.1 " + status + "\r\nLocation: " + url + "\r\nContent-Length: 4\r\n\r\naway"});
    ASSERT_TRUE(answer) << answer.error().what;
    EXPECT_EQ(std::to_string(answer->status), status.substr(0, 3));
    EXPECT_EQ(answer->location, url);
    EXPECT_EQ(answer->body, "away");
  }
  EXPECT_THAT(elsewhere.requests(), IsEmpty());
}

TEST(WebAnswer, HasOnlyTheBeginningOfALongBody) {
  const auto most = heard(plain(std::string(kMaxWebBody, 'a')));
  ASSERT_TRUE(most) << most.error().what;
  EXPECT_THAT(most->body, SizeIs(kMaxWebBody));
  EXPECT_TRUE(most->whole);
  const auto longer = heard(plain(std::string(kMaxWebBody, 'a') + "b"));
  ASSERT_TRUE(longer) << longer.error().what;
  EXPECT_EQ(longer->body, std::string(kMaxWebBody, 'a'));
  EXPECT_FALSE(longer->whole);
}

TEST(WebAnswer, HasOnlyTheBeginningOfABodyThatPromisesMoreThanThereIs) {
  const auto answer =
      heard({"HTTP/1.1 200 OK\r\nContent-Length: 9000000000000000000\r\n\r\n" + std::string(2 * kMaxWebBody, 'a')});
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_THAT(answer->body, SizeIs(kMaxWebBody));
  EXPECT_FALSE(answer->whole);
}

TEST(WebAnswer, HasOnlyTheBeginningOfABodyThatGoesOnForEver) {
  const auto answer = heard({chunked({"data: 1\n\n"}), true});
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "data: 1\n\n");
  EXPECT_FALSE(answer->whole);
}

TEST(WebAnswer, HasOnlyTheBeginningOfALongHeader) {
  const std::string value = "/" + std::string(9999, 'a');
  const auto answer = heard(
      {"HTTP/1.1 302 Found\r\nLocation: " + value + "\r\nContent-Type: " + value + "\r\nContent-Length: 0\r\n\r\n"});
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_EQ(answer->location, value.substr(0, 4096));
  EXPECT_EQ(answer->content_type, value.substr(0, 4096));
}

TEST(WebAnswer, OfWhatSpeaksAnotherProtocolIsAnErrorThatSaysWhatWasAsked) {
  for (const char* bytes :
       {"SSH-2.0-OpenSSH_9.2\r\n", "220 mail ESMTP\r\n", "-ERR unknown command\r\n", "\x16\x03\x01"}) {
    const auto answer = heard({bytes});
    ASSERT_FALSE(answer) << bytes;
    EXPECT_THAT(answer.error().what, StartsWith("GET / at tcp://localhost:")) << bytes;
  }
}

TEST(WebAnswer, ThatNeverComesIsAnErrorWhenPatienceEnds) {
  const LoopbackServer server({"HTTP/1.1 200 OK\r\n", true});
  WebQuestion question = about(server);
  question.patience = std::chrono::seconds(1);
  const auto answer = ask_web(question);
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().what, HasSubstr("Timeout"));
}

TEST(WebAnswer, IsNotWaitedForOnceItIsStopped) {
  const LoopbackServer server(plain("here"));
  std::stop_source stop;
  EXPECT_TRUE(ask_web(about(server), stop.get_token()));
  stop.request_stop();
  const auto answer = ask_web(about(server), stop.get_token());
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().what, HasSubstr("stopped"));
  EXPECT_THAT(server.requests(), SizeIs(1));
}

}  // namespace
}  // namespace winnow
