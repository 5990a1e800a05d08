// SPDX-License-Identifier: Apache-2.0
// One question to a web server that nobody has to trust: a GET with bounds, to a numeric address.
#pragma once

#include <chrono>
#include <cstdint>
#include <stop_token>
#include <string>

#include "winnow/base/error.h"

namespace winnow {

inline constexpr std::size_t kMaxWebBody = std::size_t{1} << 20;  // bytes that are read of an answer's body

struct WebQuestion {
  std::string address;  // of an interface, numeric, IPv4 or IPv6; the server is told that it is asked for "localhost"
  std::uint16_t port = 0;
  bool tls = false;          // any certificate will do
  std::string target = "/";  // path and query, percent-encoded
  std::chrono::seconds patience{20};
  [[nodiscard]] std::string origin() const;  // "http://localhost:8080"
};

struct WebAnswer {
  int status = 0;
  std::string content_type, location;  // the headers; empty: there was none, or an empty one
  std::string body;                    // its beginning
  bool whole = true;                   // all of the body is there: it was short, and did not go on for seconds
};

// Never follows a redirection, never asks a proxy or a name server, sends no cookies. An error means that no whole
// answer's headers came, which may be because the server speaks something else than HTTP/1.
Result<WebAnswer> ask_web(const WebQuestion& question, const std::stop_token& stop = {});

}  // namespace winnow
