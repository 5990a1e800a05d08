// SPDX-License-Identifier: Apache-2.0
// Requests with a text for a body, and how long an answer asks to wait. Long bodies and
// certificates: tests/unit/store/cluster_test.cc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>

#include "support/scripted_server.h"
#include "winnow/http/http.h"

namespace winnow::http {
namespace {

using test::plain;
using test::ScriptedServer;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// The bytes that arrive of a request with BODY.
std::string sent(const std::string& method, std::optional<std::string> body,
                 const std::string& type = "application/json") {
  ScriptedServer server({{"", plain("done")}});
  const auto response =
      perform({.address = server.host().substr(std::string("unix://").size())},
              {.method = method, .target = "/x", .body = std::move(body), .headers = {"Content-Type: " + type}});
  EXPECT_TRUE(response) << response.error().what;
  EXPECT_EQ(response ? response->body : "", "done");
  return server.requests().empty() ? "" : server.requests()[0];
}

TEST(TextBody, IsSentWholeWithItsLengthAndType) {
  for (const char* method : {"PATCH", "POST", "PUT", "DELETE"}) {
    const std::string request = sent(method, "{\"a\": 1}");
    EXPECT_THAT(request,
                AllOf(StartsWith(std::string(method) + " /x HTTP/1.1\r\n"), HasSubstr("\r\nContent-Length: 8\r\n"),
                      HasSubstr("\r\nContent-Type: application/json\r\n"), Not(HasSubstr("x-www-form-urlencoded")),
                      Not(HasSubstr("Expect:")), Not(HasSubstr("chunked")), EndsWith("\r\n\r\n{\"a\": 1}")));
  }
}

TEST(TextBody, MayHoldAnyBytesAndBeEmpty) {
  const std::string odd("a\0b\r\n\r\n\xff", 8);
  EXPECT_THAT(sent("PATCH", odd), AllOf(HasSubstr("Content-Length: 8\r\n"), EndsWith("\r\n\r\n" + odd)));
  EXPECT_THAT(sent("PATCH", ""), AllOf(HasSubstr("Content-Length: 0\r\n"), EndsWith("\r\n\r\n")));
}

TEST(TextBody, OfNoneIsNone) {
  EXPECT_THAT(sent("DELETE", std::nullopt), AllOf(Not(HasSubstr("Content-Length")), EndsWith("\r\n\r\n")));
}

std::optional<long> wait_of(const std::string& headers) {
  ScriptedServer server({{"", {"HTTP/1.1 429 T\r\n" + headers + "Content-Length: 0\r\n\r\n"}}});
  const auto response = perform({.address = server.host().substr(std::string("unix://").size())}, {.target = "/x"});
  EXPECT_TRUE(response) << headers;
  return response ? response->retry_after_s : std::nullopt;
}

TEST(RetryAfter, IsTakenIfItIsANumberOfSeconds) {
  EXPECT_EQ(wait_of("Retry-After: 17\r\n"), 17);
  EXPECT_EQ(wait_of("retry-after:0\r\n"), 0);
  EXPECT_EQ(wait_of(""), std::nullopt);
  for (const char* other : {"Fri, 31 Dec 1999 23:59:59 GMT", "-1", "1.5", "0x10", "17 s", "", "99999999999999999999"})
    EXPECT_EQ(wait_of(std::string("Retry-After: ") + other + "\r\n"), std::nullopt) << other;
}

}  // namespace
}  // namespace winnow::http
