// SPDX-License-Identifier: Apache-2.0
// A server on a TCP port of the loopback interface that gives every connection the same prepared bytes.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "support/scripted_server.h"
#include "winnow/base/file.h"

namespace winnow::test {

class LoopbackServer {
 public:
  // V6: on ::1, not on 127.0.0.1. Without valid() the machine has no such interface.
  explicit LoopbackServer(Answer answer, bool v6 = false)
      : answer_(std::move(answer)),
        address_(v6 ? "::1" : "127.0.0.1"),
        socket_(::socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in6 six{};
    six.sin6_family = AF_INET6;
    six.sin6_addr = in6addr_loopback;
    sockaddr_in four{};
    four.sin_family = AF_INET;
    four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sockaddr* const name = v6 ? reinterpret_cast<sockaddr*>(&six) : reinterpret_cast<sockaddr*>(&four);
    socklen_t size = v6 ? sizeof six : sizeof four;
    if (!socket_.valid() || ::bind(socket_.get(), name, size) != 0 || ::listen(socket_.get(), 16) != 0) return;
    if (::getsockname(socket_.get(), name, &size) != 0) return;
    port_ = ntohs(v6 ? six.sin6_port : four.sin_port);
    thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
  }
  ~LoopbackServer() {
    thread_.request_stop();
    ::shutdown(socket_.get(), SHUT_RDWR);  // wakes accept
  }
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;

  [[nodiscard]] bool valid() const { return port_ != 0; }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] const std::string& address() const { return address_; }
  // What each connection said first, in the order of their arrival.
  [[nodiscard]] std::vector<std::string> requests() const {
    const std::scoped_lock lock(mutex_);
    return requests_;
  }

 private:
  void serve(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      Fd client(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (client.valid()) answer(std::move(client));
    }
  }

  // The headers; less of what is no HTTP.
  static std::string read_request(int client) {
    std::string request;
    char buffer[4096];
    while (!request.contains("\r\n\r\n") && (request.empty() || (request[0] >= 'A' && request[0] <= 'Z'))) {
      const ssize_t got = ::recv(client, buffer, sizeof buffer, 0);
      if (got <= 0) break;
      request.append(buffer, static_cast<std::size_t>(got));
    }
    return request;
  }

  void answer(Fd client) {
    std::string request = read_request(client.get());
    {
      const std::scoped_lock lock(mutex_);
      requests_.push_back(std::move(request));
    }
    for (std::string_view left = answer_.bytes; !left.empty();) {
      const ssize_t sent = ::send(client.get(), left.data(), left.size(), MSG_NOSIGNAL);
      if (sent <= 0) break;  // the client has heard enough
      left.remove_prefix(static_cast<std::size_t>(sent));
    }
    if (answer_.hold) held_.push_back(std::move(client));
  }

  Answer answer_;
  std::string address_;
  std::uint16_t port_ = 0;
  Fd socket_;
  std::vector<Fd> held_;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;  // guarded by mutex_
  std::jthread thread_;
};

}  // namespace winnow::test
