// SPDX-License-Identifier: Apache-2.0
// One GET request to a web server that may be hostile: bounded, and to a numeric address.
#pragma once

#include <chrono>
#include <cstdint>
#include <stop_token>
#include <string>

#include "winnow/base/error.h"

namespace winnow {

inline constexpr std::size_t kMaxWebBody = std::size_t{1} << 20;  // bytes that are read of an answer's body

struct WebQuestion {
  std::string address;  // numeric, IPv4 or IPv6; the Host header says "localhost" all the same
  std::uint16_t port = 0;
  bool tls = false;                          // any certificate is accepted
  std::string target = "/";                  // path and query, percent-encoded
  std::chrono::seconds patience{20};         // for the whole exchange
  [[nodiscard]] std::string origin() const;  // "http://localhost:8080"
};

struct WebAnswer {
  int status = 0;
  std::string content_type, location;  // the headers, at most 4096 bytes of each; empty: missing or empty
  std::string body;                    // the first kMaxWebBody bytes, or what came within 3 s
  bool whole = true;                   // BODY is the whole body
};

// Never follows a redirection, never asks a proxy or a name server, sends no cookies. Error: no complete answer came,
// perhaps because the server does not speak HTTP/1. A body that is cut off at the bounds is no error.
Result<WebAnswer> ask_web(const WebQuestion& question, const std::stop_token& stop = {});

}  // namespace winnow
