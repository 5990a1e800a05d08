// SPDX-License-Identifier: Apache-2.0
// One HTTP exchange with an engine or a container, over a unix socket, TCP or TLS; libcurl stays behind this header.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "winnow/base/error.h"

namespace winnow::http {

// Where an engine or a container listens.
struct Endpoint {
  bool unix_socket = true;
  std::string address;  // the socket's path, or "host:port"
  std::string numeric =
      {};            // the IP address that the host of ADDRESS has, without asking anybody; empty: it is resolved
  bool tls = false;  // with any certificate
  [[nodiscard]] std::string str() const { return (unix_socket ? "unix://" : "tcp://") + address; }
};

// Where the body of an answer is cut.
struct BodyBounds {
  std::size_t bytes = 0;
  std::chrono::milliseconds patience{0};  // after the headers
};

using Sink = std::function<Result<void>(std::string_view)>;

struct Request {
  std::string method = "GET";
  std::string target;                   // path and query, already percent-encoded
  int body_fd = -1;                     // sent as the body, chunked, read from its beginning
  long patience_s = 60;                 // for the whole exchange; 0: for ever
  Sink sink = {};                       // takes the body of a 2xx answer as it comes; without it the body is collected
  std::function<void()> accepted = {};  // called once the headers of a 2xx answer are in
  std::vector<std::string> headers = {};       // "Accept: text/html", beside libcurl's own
  std::optional<BodyBounds> body_bounds = {};  // a longer or slower body is cut there; without it, it is an error
};

struct Response {
  long status = 0;
  std::string body;                    // what no sink took; at most 16 MiB, more is an error
  std::string api_version;             // the header Api-Version
  std::string server;                  // the header Server
  std::string content_type, location;  // the headers of these names
  bool whole = true;                   // the body was not cut
  [[nodiscard]] bool ok() const { return status >= 200 && status < 300; }
};

// Any answer is a Response, whatever its status; an error means that there was no whole answer, that the sink refused
// it, or that STOP was asked for, which ends the exchange at once.
Result<Response> perform(const Endpoint& endpoint, const Request& request, const std::stop_token& stop = {});

}  // namespace winnow::http
