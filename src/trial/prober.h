// SPDX-License-Identifier: Apache-2.0
// The requests of a probe, made from within the container's network.
#pragma once

#include <chrono>
#include <stop_token>
#include <vector>

#include "trial/own_ports.h"
#include "winnow/base/error.h"
#include "winnow/engine/engine.h"
#include "winnow/http/web.h"
#include "winnow/trial/probe.h"

namespace winnow {

class Prober {
 public:
  // PORTS are the container's own. Nothing is asked after DEADLINE.
  Prober(const std::vector<OwnPort>& ports, const std::vector<Port>& exposed, const ProbeWishes& wishes,
         std::chrono::steady_clock::time_point deadline, std::stop_token stop)
      : own_(ports), exposed_(exposed), wishes_(wishes), deadline_(deadline), stop_(std::move(stop)) {}

  // Finds out which ports speak HTTP, and asks them for what they offer.
  ProbeReport explore();
  // Makes the requests that EXPECTED has. What is answered in another way is asked again, in case it was too early.
  ProbeReport repeat(const ProbeReport& expected);

 private:
  struct Asked;
  struct Queue;
  // Asks at the port's addresses, one after the other, until one answers.
  Result<WebAnswer> ask(const OwnPort& port, bool tls, const std::string& target) const;
  [[nodiscard]] bool enough() const;
  // Waits, unless it is enough before.
  void pause(std::chrono::milliseconds time) const;
  [[nodiscard]] ProbedPort told(const OwnPort& port) const;
  // What PORT speaks, and its answer to "/" when that is HTTP.
  std::pair<Speech, std::optional<WebAnswer>> listen_to(const OwnPort& port) const;
  void crawl(const OwnPort& port, bool tls, WebAnswer first, std::size_t most, ProbeReport& report) const;
  void follow(const Asked& asked, const WebAnswer& answer, Queue& queue, ProbeReport& report) const;
  void ask_failed_again(ProbeReport& report) const;
  Exchange ask_like(const OwnPort& port, bool tls, const Exchange& expected, int& patience) const;

  const std::vector<OwnPort>& own_;
  const std::vector<Port>& exposed_;
  const ProbeWishes& wishes_;
  std::chrono::steady_clock::time_point deadline_;
  std::stop_token stop_;
};

// The Content-Type as it is compared.
std::string comparable_type(std::string_view content_type);

}  // namespace winnow
