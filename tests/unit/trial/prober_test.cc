// SPDX-License-Identifier: Apache-2.0
// What a probe asks a web server on the loopback interface, what it leaves alone, and how it asks a second time.
#include "trial/prober.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <map>
#include <mutex>
#include <thread>

#include "winnow/base/file.h"

namespace winnow {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

std::string page(const std::string& body, const std::string& type = "text/html", const std::string& status = "200 OK") {
  return "HTTP/1.1 " + status + "\r\nContent-Type: " + type + "\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\nConnection: close\r\n\r\n" + body;
}
std::string redirect(const std::string& to) {
  return "HTTP/1.1 302 Found\r\nLocation: " + to + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
}

// A web server with a page for each path; a path without one is not found.
class Web {
 public:
  explicit Web(std::map<std::string, std::string> pages) : pages_(std::move(pages)) {
    socket_ = Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in where{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
    socklen_t size = sizeof where;
    auto* const address = reinterpret_cast<sockaddr*>(&where);
    EXPECT_EQ(::bind(socket_.get(), address, size), 0);
    EXPECT_EQ(::getsockname(socket_.get(), address, &size), 0);
    EXPECT_EQ(::listen(socket_.get(), 64), 0);
    port_ = ntohs(where.sin_port);
    thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
  }
  ~Web() {
    thread_.request_stop();
    ::shutdown(socket_.get(), SHUT_RDWR);  // wakes accept
    thread_.join();
  }
  Web(const Web&) = delete;
  Web& operator=(const Web&) = delete;
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::vector<OwnPort> own() const { return {{port_, {"127.0.0.1"}}}; }
  // The paths that were asked for, in order.
  [[nodiscard]] std::vector<std::string> asked() const {
    const std::scoped_lock lock(mutex_);
    return asked_;
  }

 private:
  void serve(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const Fd client(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!client.valid()) continue;
      std::string request;
      char buffer[4096];
      for (ssize_t got = 1; got > 0 && !request.contains("\r\n\r\n");) {
        got = ::recv(client.get(), buffer, sizeof buffer, 0);
        if (got > 0) request.append(buffer, static_cast<std::size_t>(got));
      }
      if (!request.starts_with("GET ")) continue;  // a connection that only knocks
      const std::string path = request.substr(4, request.find(' ', 4) - 4);
      const std::scoped_lock lock(mutex_);
      asked_.push_back(path);
      const auto found = pages_.find(path);
      const std::string answer = found == pages_.end() ? page("", "text/plain", "404 Not Found") : found->second;
      (void)::send(client.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
    }
  }

  std::map<std::string, std::string> pages_;
  Fd socket_;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::string> asked_;  // guarded by mutex_
  std::jthread thread_;
};

struct Probing {
  std::vector<OwnPort> own;
  std::vector<Port> exposed;
  ProbeWishes wishes;
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::now() + 60s;

  ProbeReport explore() { return Prober(own, exposed, wishes, deadline, {}).explore(); }
  ProbeReport repeat(const ProbeReport& expected) {
    return Prober(own, exposed, wishes, deadline, {}).repeat(expected);
  }
};

// "start 200 /" for each exchange that found something.
std::vector<std::string> found(const ProbeReport& report) {
  std::vector<std::string> lines;
  for (const Exchange& one : report.exchanges)
    if (one.status != 404)
      lines.push_back(std::string(to_string(one.origin)) + " " + std::to_string(one.status) + " " + one.target);
  return lines;
}
std::vector<std::string> left(const ProbeReport& report) {
  std::vector<std::string> lines;
  for (const NotAsked& one : report.not_asked) lines.push_back(one.what + ": " + one.why);
  return lines;
}

TEST(Prober, AsksForTheStartPageAndWhatItLinksTo) {
  Web web({{"/", page("<a href=/two><img src=/logo.png><a href=/logout><form method=post action=/orders></form>")},
           {"/two", page("<a href=/three>")},
           {"/logo.png", page("", "image/png")},
           {"/three", page("")},
           {"/logout", page("")}});
  const ProbeReport report = Probing{.own = web.own()}.explore();
  EXPECT_THAT(found(report), ElementsAre("start 200 /", "link 200 /two", "link 200 /logo.png"));
  EXPECT_THAT(left(report), ElementsAre("GET /logout: its name says that it ends or removes something",
                                        "POST /orders: only GET is asked"));
  EXPECT_THAT(web.asked(), Not(Contains("/logout")));
  EXPECT_THAT(web.asked(), Not(Contains("/three")));  // links of links are not followed
  ASSERT_THAT(report.ports, SizeIs(1));
  EXPECT_EQ(report.ports[0].speech, Speech::kHttp);
}

TEST(Prober, AsksForGivenPathsWithWhatTheyLinkTo) {
  Web web({{"/", page("")}, {"/shop", page("<a href=/cart>")}, {"/cart", page("")}});
  Probing probing{.own = web.own()};
  probing.wishes.paths = {"/shop", "/shop"};
  EXPECT_THAT(found(probing.explore()), ElementsAre("start 200 /", "given 200 /shop", "link 200 /cart"));
}

TEST(Prober, AsksForWhatAnApiDocumentOffers) {
  Web web({{"/", page("{}", "application/json")},
           {"/openapi.json", page(R"({"openapi":"3.0.0","paths":{"/items":{"get":{},"post":{}},
             "/items/{id}":{"get":{"parameters":[{"name":"id","in":"path","required":true}]}}}})",
                                  "application/json")},
           {"/items", page("[]", "Application/JSON; charset=UTF-8")}});
  const ProbeReport report = Probing{.own = web.own()}.explore();
  EXPECT_THAT(found(report), ElementsAre("start 200 /", "document 200 /openapi.json", "api 200 /items"));
  EXPECT_THAT(left(report), ElementsAre("POST /items: only GET is asked", "GET /items/{id}: needs parameters"));
  for (const Exchange& one : report.exchanges)
    if (one.target == "/items") {
      EXPECT_EQ(one.type, "application/json;charset=utf-8");
    }
}

TEST(Prober, FollowsRedirectionsOnTheSamePortOnlyAndNotForEver) {
  Web web({{"/", redirect("/ui/")},
           {"/ui/", page("<a href=main.js>")},
           {"/ui/main.js", page("", "text/javascript")},
           {"/away", redirect("http://example.org/")},
           {"/bye", redirect("/logout")},
           {"/1", redirect("/2")},
           {"/2", redirect("/3")},
           {"/3", redirect("/4")},
           {"/4", redirect("/5")},
           {"/5", redirect("/6")},
           {"/6", redirect("/7")},
           {"/7", page("")}});
  Probing probing{.own = web.own()};
  probing.wishes.paths = {"/away", "/bye", "/1"};
  const ProbeReport report = probing.explore();
  EXPECT_THAT(found(report), testing::IsSupersetOf({"start 302 /", "redirect 200 /ui/", "link 200 /ui/main.js"}));
  EXPECT_THAT(left(report), testing::UnorderedElementsAre(
                                "where /away leads: http://example.org/: it is not on the same port",
                                "where /bye leads: /logout: its name says that it ends or removes something",
                                "where /6 leads: /7: it leads on and on"));
  EXPECT_THAT(web.asked(), Not(Contains("/7")));
}

TEST(Prober, StopsAtTheMostRequestsAndSaysWhatIsLeft) {
  Web web({{"/", page("<a href=/a><a href=/b>")}});
  Probing probing{.own = web.own()};
  probing.wishes.most_requests = 3;
  const ProbeReport report = probing.explore();
  EXPECT_THAT(report.exchanges, SizeIs(3));
  EXPECT_THAT(web.asked(), SizeIs(3));
  ASSERT_THAT(report.not_asked, SizeIs(1));
  EXPECT_THAT(report.not_asked[0].what, HasSubstr("more paths of port " + std::to_string(web.port())));
  EXPECT_EQ(report.not_asked[0].why, "there were enough requests");
}

TEST(Prober, AsksNothingAfterItsDeadline) {
  Web web({{"/", page("")}});
  Probing probing{.own = web.own()};
  probing.deadline = std::chrono::steady_clock::now() - 1s;
  EXPECT_THAT(probing.explore().exchanges, IsEmpty());
  EXPECT_THAT(web.asked(), IsEmpty());
}

TEST(Prober, TellsWhichExposedPortsNobodyOpens) {
  Web web({{"/", page("")}});
  Probing probing{.own = web.own(), .exposed = {{web.port(), 0}, {1, 0}}};
  const ProbeReport report = probing.explore();
  EXPECT_TRUE(report.ports.at(0).exposed);
  EXPECT_THAT(report.closed, ElementsAre(1));
  probing.exposed.clear();
  EXPECT_FALSE(probing.explore().ports.at(0).exposed);
}

TEST(Prober, RepeatsTheExpectedRequestsAndNoOthers) {
  Web web({{"/", page("<a href=/new>")}, {"/old", page("", "text/plain")}});
  const ProbeReport expected{.ports = {{web.port(), true, false, Speech::kHttp}},
                             .exchanges = {{web.port(), "/old", Origin::kLink, 200, "text/plain"},
                                           {web.port(), "/", Origin::kStart, 200, "text/html"},
                                           {1, "/elsewhere", Origin::kStart, 200, ""}}};
  const ProbeReport report = Probing{.own = web.own()}.repeat(expected);
  EXPECT_THAT(web.asked(), ElementsAre("/old", "/"));
  EXPECT_THAT(found(report), ElementsAre("link 200 /old", "start 200 /"));
  EXPECT_EQ(report.ports.at(0).speech, Speech::kHttp);
}

}  // namespace
}  // namespace winnow
