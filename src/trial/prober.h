// SPDX-License-Identifier: Apache-2.0
// Makes the requests of a probe. It has to run in the container's network.
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
  // PORTS are those on which the container listens, EXPOSED those that it exposes. No request is made after DEADLINE.
  Prober(const std::vector<OwnPort>& ports, const std::vector<Port>& exposed, const ProbeWishes& wishes,
         std::chrono::steady_clock::time_point deadline, std::stop_token stop)
      : own_(ports), exposed_(exposed), wishes_(wishes), deadline_(deadline), stop_(std::move(stop)) {}

  // Finds out which ports speak HTTP, and requests what they offer.
  ProbeReport explore();
  // Makes the requests in EXPECTED. If an answer is different, the request is made again, in case it was too early.
  ProbeReport repeat(const ProbeReport& expected);

 private:
  struct Asked;
  struct Queue;
  // Makes a request to the port's addresses, one after the other, until one answers.
  Result<WebAnswer> ask(const OwnPort& port, bool tls, const std::string& target) const;
  [[nodiscard]] bool enough() const;
  // Waits for TIME, or until enough() is true.
  void pause(std::chrono::milliseconds time) const;
  [[nodiscard]] ProbedPort told(const OwnPort& port) const;
  // Returns what PORT speaks and, if that is HTTP, its answer to "/".
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

// Returns a Content-Type in the form in which it is compared: see Exchange::type.
std::string comparable_type(std::string_view content_type);

}  // namespace winnow
