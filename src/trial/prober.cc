// SPDX-License-Identifier: Apache-2.0
// Asks web servers in containers: start pages, what they link to, what an OpenAPI document offers.
#include "trial/prober.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <ranges>
#include <set>
#include <thread>

#include "trial/links.h"
#include "trial/openapi.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"

namespace winnow {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr int kKnockMs = 1000;
constexpr int kSpeaksFirstMs = 200;  // mail, ssh and many databases greet who connects
constexpr auto kWarmUp = 15s;        // for a server that says 503 at first
constexpr auto kAgain = 1s;          // before a request is made again
constexpr int kMostAgain = 12;       // such requests in all
constexpr int kMostFailures = 3;     // requests without an answer in a row
constexpr int kMostHops = 5;         // redirections after each other
constexpr std::size_t kMostNotAsked = 200;

constexpr int kBadRequest = 400, kTooMany = 429, kServerError = 500, kUnavailable = 503;

constexpr const char* kNeedsInput = "needs parameters";
constexpr const char* kOnlyGet = "only GET is asked";
constexpr const char* kHarmful = "its name says that it ends or removes something";

// Whether somebody accepts at ADDRESS and waits for us to speak.
bool listens(const std::string& address, std::uint16_t port) {
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  v4.sin_family = AF_INET;
  v6.sin6_family = AF_INET6;
  v4.sin_port = v6.sin6_port = htons(port);
  const bool is_v6 = address.contains(':');
  void* const place = is_v6 ? static_cast<void*>(&v6.sin6_addr) : static_cast<void*>(&v4.sin_addr);
  if (::inet_pton(is_v6 ? AF_INET6 : AF_INET, address.c_str(), place) != 1) return false;
  const Fd fd(::socket(is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const auto* const where = is_v6 ? reinterpret_cast<const sockaddr*>(&v6) : reinterpret_cast<const sockaddr*>(&v4);
  const socklen_t size = is_v6 ? sizeof v6 : sizeof v4;
  if (!fd.valid() || (::connect(fd.get(), where, size) != 0 && errno != EINPROGRESS)) return false;
  pollfd ready{fd.get(), POLLOUT, 0};
  if (::poll(&ready, 1, kKnockMs) != 1 || (ready.revents & (POLLERR | POLLHUP)) != 0) return false;
  ready = {fd.get(), POLLIN, 0};
  return ::poll(&ready, 1, kSpeaksFirstMs) == 0;
}

bool is_redirect(int status) { return status >= 300 && status < 400; }

void leave(ProbeReport& report, std::string what, std::string why) {
  if (report.not_asked.size() < kMostNotAsked) report.not_asked.push_back({std::move(what), std::move(why)});
}

Exchange exchange_of(std::uint16_t port, const std::string& target, Origin origin, const Result<WebAnswer>& answer) {
  Exchange exchange{.port = port, .target = target, .origin = origin};
  if (!answer) return exchange;
  exchange.status = answer->status;
  exchange.type = comparable_type(answer->content_type);
  return exchange;
}

}  // namespace

// A request that is to be made.
struct Prober::Asked {
  std::string target;
  Origin origin = Origin::kStart;
  bool start = false;  // what it links to is asked as well
  int hops = 0;        // redirections that led here
  std::string server;  // "http://localhost:8080"
};

// Requests that are to be made, each once.
struct Prober::Queue {
  std::deque<Asked> waiting;
  std::set<std::string> known;

  void add(Asked asked, bool at_once = false) {
    if (!known.insert(asked.target).second) return;
    if (at_once)
      waiting.push_front(std::move(asked));
    else
      waiting.push_back(std::move(asked));
  }
};

std::string comparable_type(std::string_view content_type) {
  std::string text;
  for (const char c : content_type)
    if (c != ' ' && c != '\t') text += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (const auto at = text.find(";boundary="); at != std::string::npos)
    text.erase(at, std::min(text.size(), text.find(';', at + 1)) - at);
  return text;
}

bool Prober::enough() const { return stop_.stop_requested() || Clock::now() > deadline_; }

void Prober::pause(std::chrono::milliseconds time) const {
  for (const auto end = Clock::now() + time; Clock::now() < end && !enough();) std::this_thread::sleep_for(50ms);
}

Result<WebAnswer> Prober::ask(const OwnPort& port, bool tls, const std::string& target) const {
  Result<WebAnswer> answer = fail("it has no address");
  for (const std::string& address : port.addresses) {
    if (enough()) return fail("there was no time left");
    answer = ask_web({.address = address, .port = port.port, .tls = tls, .target = target}, stop_);
    if (answer) break;
  }
  return answer;
}

ProbedPort Prober::told(const OwnPort& port) const {
  const bool exposed = std::ranges::any_of(exposed_, [&](const Port& one) { return one.container == port.port; });
  return {.port = port.port, .exposed = exposed, .ephemeral = is_ephemeral(port.port)};
}

std::pair<Speech, std::optional<WebAnswer>> Prober::listen_to(const OwnPort& port) const {
  if (std::ranges::none_of(port.addresses, [&](const std::string& one) { return listens(one, port.port); }))
    return {Speech::kOther, std::nullopt};
  const auto begun = Clock::now();
  auto plain = ask(port, false, "/");
  while (plain && plain->status == kUnavailable && Clock::now() - begun < kWarmUp && !enough()) {
    pause(kAgain);
    plain = ask(port, false, "/");
  }
  // A server that wants TLS says so as HTTP, hangs up, or sends what is no HTTP.
  if (plain && plain->status != kBadRequest) return {Speech::kHttp, *std::move(plain)};
  if (auto encrypted = ask(port, true, "/")) return {Speech::kHttps, *std::move(encrypted)};
  if (plain) return {Speech::kHttp, *std::move(plain)};
  return {Speech::kOther, std::nullopt};
}

void Prober::follow(const Asked& asked, const WebAnswer& answer, Queue& queue, ProbeReport& report) const {
  if (is_redirect(answer.status) && !answer.location.empty()) {
    auto target = resolve_link(answer.location, asked.server, asked.target);
    const std::string there = "where " + asked.target + " leads: " + answer.location;
    if (!target)
      leave(report, there, "it is not on the same port");
    else if (looks_harmful(*target))
      leave(report, there, kHarmful);
    else if (asked.hops == kMostHops)
      leave(report, there, "it leads on and on");
    else
      queue.add({*std::move(target), Origin::kRedirect, asked.start, asked.hops + 1, asked.server}, true);
    return;
  }
  if (answer.status >= 300 || !asked.start) return;
  if (const auto api = read_openapi(answer.body, asked.server)) {
    for (const std::string& one : api->targets | std::views::reverse)
      queue.add({one, Origin::kApi, false, 0, asked.server}, true);
    for (const std::string& one : api->others) leave(report, one, kOnlyGet);
    for (const std::string& one : api->with_inputs) leave(report, one, kNeedsInput);
    return;
  }
  if (!comparable_type(answer.content_type).starts_with("text/html")) return;
  const PageLinks links = links_in(answer.body, asked.server, asked.target);
  for (const std::string& one : links.targets) {
    if (queue.known.contains(one)) continue;
    if (looks_harmful(one)) {
      queue.known.insert(one);
      leave(report, "GET " + one, kHarmful);
    } else {
      queue.add({one, Origin::kLink, false, 0, asked.server});
    }
  }
  for (const std::string& one : links.forms) leave(report, one, kOnlyGet);
}

void Prober::crawl(const OwnPort& port, bool tls, WebAnswer first, std::size_t most, ProbeReport& report) const {
  const std::string server = WebQuestion{.port = port.port, .tls = tls}.origin();
  Queue queue;
  queue.add({"/", Origin::kStart, true, 0, server});
  for (const std::string& path : wishes_.paths) queue.add({path, Origin::kGiven, true, 0, server});
  for (const std::string_view path : kApiDocuments) queue.add({std::string(path), Origin::kDocument, true, 0, server});
  Result<WebAnswer> answer = std::move(first);
  int failures = 0;
  for (std::size_t asked = 0; !queue.waiting.empty() && asked < most && failures < kMostFailures && !enough();
       ++asked) {
    const Asked now = std::move(queue.waiting.front());
    queue.waiting.pop_front();
    if (asked > 0) answer = ask(port, tls, now.target);
    report.exchanges.push_back(exchange_of(port.port, now.target, now.origin, answer));
    failures = answer ? 0 : failures + 1;
    if (answer) follow(now, *answer, queue, report);
  }
  if (!queue.waiting.empty())
    leave(report, fmt::format("{} more paths of port {}", queue.waiting.size(), port.port),
          failures == kMostFailures ? "it no longer answered"
          : enough()                ? "there was no time left"
                                    : "there were enough requests");
}

// What went wrong may have been too early, or too much at once: the second answer counts.
void Prober::ask_failed_again(ProbeReport& report) const {
  int asked = 0;
  for (Exchange& one : report.exchanges) {
    const auto port = std::ranges::find(own_, one.port, &OwnPort::port);
    const auto probed = std::ranges::find(report.ports, one.port, &ProbedPort::port);
    if ((one.status < kServerError && one.status != kTooMany && one.status != 0) || port == own_.end()) continue;
    if (asked++ >= kMostAgain || enough()) return;
    if (asked == 1) pause(kAgain);
    one = exchange_of(one.port, one.target, one.origin, ask(*port, probed->speech == Speech::kHttps, one.target));
  }
}

ProbeReport Prober::explore() {
  ProbeReport report;
  struct Web {
    const OwnPort* port;
    bool tls;
    WebAnswer first;
  };
  std::vector<Web> webs;
  for (const OwnPort& port : own_) {
    ProbedPort& now = report.ports.emplace_back(told(port));
    auto [speech, first] = listen_to(port);
    now.speech = speech;
    if (first) webs.push_back({&port, speech == Speech::kHttps, *std::move(first)});
  }
  for (Web& web : webs)
    crawl(*web.port, web.tls, std::move(web.first), std::max<std::size_t>(1, wishes_.most_requests / webs.size()),
          report);
  ask_failed_again(report);
  for (const Port& one : exposed_)
    if (std::ranges::find(own_, one.container, &OwnPort::port) == own_.end()) report.closed.push_back(one.container);
  return report;
}

Exchange Prober::ask_like(const OwnPort& port, bool tls, const Exchange& expected, int& patience) const {
  for (;;) {
    const auto answer = ask(port, tls, expected.target);
    Exchange now = exchange_of(port.port, expected.target, expected.origin, answer);
    if ((now.status == expected.status && now.type == expected.type) || patience == 0 || enough()) return now;
    --patience;
    pause(kAgain);
  }
}

ProbeReport Prober::repeat(const ProbeReport& expected) {
  ProbeReport report;
  for (const OwnPort& port : own_) {
    ProbedPort& now = report.ports.emplace_back(told(port));
    const auto before = std::ranges::find(expected.ports, port.port, &ProbedPort::port);
    if (before != expected.ports.end()) now.speech = before->speech;
  }
  int patience = kMostAgain;
  int failures = 0;
  for (const Exchange& one : expected.exchanges) {
    const auto port = std::ranges::find(own_, one.port, &OwnPort::port);
    if (port == own_.end()) continue;
    const bool tls = std::ranges::find(report.ports, one.port, &ProbedPort::port)->speech == Speech::kHttps;
    Exchange now{.port = one.port, .target = one.target, .origin = one.origin};
    if (failures < kMostFailures && !enough()) now = ask_like(*port, tls, one, patience);
    failures = now.status != 0 || one.status == 0 ? 0 : failures + 1;
    report.exchanges.push_back(std::move(now));
  }
  return report;
}

}  // namespace winnow
