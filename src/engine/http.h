// SPDX-License-Identifier: Apache-2.0
// One HTTP exchange with an engine, over a unix socket or TCP; libcurl stays behind this header.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

#include "winnow/base.h"

namespace winnow::engine {

// Where an engine listens.
struct Endpoint {
  bool unix_socket = true;
  std::string address;  // the socket's path, or "host:port"
  [[nodiscard]] std::string str() const { return (unix_socket ? "unix://" : "tcp://") + address; }
};

using Sink = std::function<Result<void>(std::string_view)>;

struct Request {
  std::string method = "GET";
  std::string target;                   // path and query, already percent-encoded
  int body_fd = -1;                     // sent as the body, chunked, read from its beginning
  long patience_s = 60;                 // for the whole exchange; 0: for ever
  Sink sink = {};                       // takes the body of a 2xx answer as it comes; without it the body is collected
  std::function<void()> accepted = {};  // called once the headers of a 2xx answer are in
};

struct Response {
  long status = 0;
  std::string body;         // what no sink took; at most 16 MiB, more is an error
  std::string api_version;  // the header Api-Version
  std::string server;       // the header Server
  [[nodiscard]] bool ok() const { return status >= 200 && status < 300; }
};

// Any answer is a Response, whatever its status; an error means that there was no whole answer, that the sink refused
// it, or that STOP was asked for, which ends the exchange at once.
Result<Response> perform(const Endpoint& endpoint, const Request& request, const std::stop_token& stop = {});

}  // namespace winnow::engine
