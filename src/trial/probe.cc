// SPDX-License-Identifier: Apache-2.0
// From a container that was just started to one that has been asked and has settled, or has ended by itself.
#include "trial/probe.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "trial/prober.h"
#include "trial/ready.h"
#include "winnow/base/error.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr auto kProbePoll = 100ms;
constexpr auto kEnds = 2s;           // the engine knows by then that a process is gone
constexpr auto kSteady = 1s;         // ports that stay the same so long are all that will be
constexpr auto kClosedSteady = 3s;   // the same where an exposed one is still closed, and nothing new is seen
constexpr auto kClosedQuiet = 30s;   // nothing new for so long: a port that should be open will not open any more
constexpr auto kAskAtMost = 90s;     // in all
constexpr auto kSettle = 3s;         // after answers over HTTP
constexpr auto kSettleAtMost = 60s;  // for a server, even when something new goes on coming
constexpr milliseconds kLeastQuiet = 10s;
constexpr int kLastLines = 20;
constexpr std::size_t kLastBytes = 4096;

milliseconds passed(Clock::time_point begun) { return std::chrono::duration_cast<milliseconds>(Clock::now() - begun); }

class Probing {
 public:
  Probing(const Engine& engine, const std::string& id, const TestBed& bed, const std::vector<std::string>& environment,
          const std::string& note, const std::stop_token& stop, TestReport& report)
      : engine_(engine),
        id_(id),
        bed_(bed),
        wishes_(*bed.probe),
        environment_(environment),
        note_(note),
        stop_(stop),
        report_(report) {}

  Result<int> run() {
    auto opened = await_open();
    if (opened && !ended_) {
      report_.ready_after = passed(begun_);
      opened = ask();
    }
    if (opened && !ended_) opened = settle();
    report_.took = passed(begun_);
    report_.timed_out = out_of_time();
    report_.probe = std::move(probe_);
    if (!opened) return std::unexpected(opened.error());
    if (!ended_) return 0;
    report_.probe->ended = ended_;
    if (*ended_ != 0) report_.probe->last_words = end_of_log();
    return *ended_;
  }

 private:
  [[nodiscard]] std::string end_of_log() const {
    const auto log = engine_.container_log(id_, kLastLines);
    return log ? log->both.substr(log->both.size() - std::min(log->both.size(), kLastBytes)) : "";
  }
  [[nodiscard]] bool out_of_time() const { return bed_.test_timeout && passed(begun_) > *bed_.test_timeout; }
  // The time before it was started does not count.
  [[nodiscard]] milliseconds quiet() const {
    const auto all = passed(begun_);
    return wishes_.quiet ? std::min(wishes_.quiet(), all) : all;
  }

  // Looks at the container once more. False: it has ended by itself.
  Result<bool> look() {
    if (stop_.stop_requested()) return fail("interrupted");
    const auto found = engine_.find_container(id_);
    if (!found) return std::unexpected(found.error());
    if (!*found) return fail("the container vanished before its exit status was known", "do not give --rm here");
    container_ = **found;
    if (container_.running) return true;
    if (!container_.error.empty()) return fail("the container could not be started: " + printable(container_.error));
    ended_ = container_.exit_code;
    return false;
  }

  // Why it cannot be looked into; no error if it is because it ends: what a process has goes before it is gone.
  Result<void> unless_it_ends(Error error) {
    for (const auto begun = Clock::now(); passed(begun) < kEnds; std::this_thread::sleep_for(kProbePoll)) {
      TRY(const auto runs, look());
      if (!runs) return {};
    }
    return std::unexpected(std::move(error));
  }

  [[nodiscard]] bool has(std::uint16_t port) const {
    return std::ranges::find(ports_, port, &OwnPort::port) != ports_.end();
  }

  // Whether all that is expected listens.
  [[nodiscard]] bool is_open() const {
    if (!wishes_.expected) return !ports_.empty();
    return std::ranges::all_of(wishes_.expected->ports,
                               [&](const ProbedPort& one) { return has(one.port) || (one.ephemeral && !one.exposed); });
  }

  [[nodiscard]] bool exposed_are_open() const {
    return std::ranges::all_of(container_.ports, [&](const Port& one) { return has(one.container); });
  }

  // Whether a container without a port that answers has done what it does.
  [[nodiscard]] bool is_quiet(milliseconds at_least) const {
    return quiet() >= std::max(at_least, wishes_.settle.value_or(std::max(kLeastQuiet, passed(begun_) / 2)));
  }

  // Whether its ports are as they will be, as far as that can be known.
  [[nodiscard]] bool has_opened(milliseconds unchanged) const {
    if (is_open()) return unchanged >= kSteady && (exposed_are_open() || std::min(unchanged, quiet()) >= kClosedSteady);
    const bool awaited = wishes_.expected || (!container_.ports.empty() && !wishes_.settle);
    return is_quiet(awaited ? kClosedQuiet : 0s);
  }

  // Waits until it is ready and its ports are open, until it is clear that it opens none, or until it has ended.
  Result<void> await_open() {
    const auto deadline = begun_ + bed_.ready_timeout;
    auto steady_since = Clock::now();
    for (;; std::this_thread::sleep_for(kProbePoll)) {
      TRY(const auto runs, look());
      if (!runs || out_of_time()) return {};
      const auto left = std::chrono::duration_cast<milliseconds>(deadline - Clock::now());
      const auto waits_for = said_to_wait_for(container_, bed_, environment_, note_, std::max(left, 1ms), stop_);
      if (!waits_for) return std::unexpected(waits_for.error());
      if (!waits_for->empty()) {
        if (left < 0ms) return std::unexpected(not_ready(engine_, id_, bed_, *waits_for));
        continue;
      }
      auto ports = own_ports(container_.pid);
      if (!ports) return unless_it_ends(ports.error().within("finding the container's ports"));
      if (*ports != ports_) steady_since = Clock::now();
      ports_ = *std::move(ports);
      if (has_opened(passed(steady_since))) return {};
      if (left < 0ms && (wishes_.expected || !container_.ports.empty())) return {};
    }
  }

  Result<void> ask() {
    auto deadline = Clock::now() + kAskAtMost;
    if (bed_.test_timeout) deadline = std::min(deadline, begun_ + *bed_.test_timeout);
    Prober prober(ports_, container_.ports, wishes_, deadline, stop_);
    auto asked = in_network_of(
        container_.pid, [&] { probe_ = wishes_.expected ? prober.repeat(*wishes_.expected) : prober.explore(); });
    return asked ? asked : unless_it_ends(asked.error());
  }

  Result<void> settle() {
    const auto begun = Clock::now();
    const bool spoke = std::ranges::any_of(probe_.exchanges, [](const Exchange& one) { return one.status != 0; });
    for (;; std::this_thread::sleep_for(kProbePoll)) {
      TRY(const auto runs, look());
      if (!runs || out_of_time()) return {};
      const auto now = std::min(quiet(), spoke ? passed(begun) : milliseconds::max());
      const bool quiet_enough = spoke ? now >= wishes_.settle.value_or(kSettle) : is_quiet(0s);
      // A server that idles has something new to do now and then.
      const bool idles = passed(begun) > kSettleAtMost && (spoke || (!ports_.empty() && !wishes_.settle));
      probe_.quiet = now;
      if (quiet_enough || idles) return {};
    }
  }

  const Engine& engine_;
  const std::string& id_;
  const TestBed& bed_;
  const ProbeWishes& wishes_;
  const std::vector<std::string>& environment_;
  const std::string& note_;
  const std::stop_token& stop_;
  TestReport& report_;
  const Clock::time_point begun_ = Clock::now();
  Container container_;
  std::vector<OwnPort> ports_;
  ProbeReport probe_;
  std::optional<int> ended_;
};

}  // namespace

Result<int> run_probe(const Engine& engine, const std::string& id, const TestBed& bed,
                      const std::vector<std::string>& environment, const std::string& note, const std::stop_token& stop,
                      TestReport& report) {
  return Probing(engine, id, bed, environment, note, stop, report).run();
}

}  // namespace winnow
