// SPDX-License-Identifier: Apache-2.0
// One HTTP exchange with an engine, a container or a cluster, over a unix socket, TCP or TLS; libcurl stays behind this
// header.
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
  std::string address;       // path of the socket, or "host:port"
  std::string numeric = {};  // the IP address to use for the host in ADDRESS; empty: a name server is asked
  bool tls = false;
  std::string ca_file = {};  // PEM file of the authorities whose certificates count; empty: any certificate is accepted
  [[nodiscard]] std::string str() const { return (unix_socket ? "unix://" : "tcp://") + address; }
};

// How much of a body is read before it is cut off.
struct BodyBounds {
  std::size_t bytes = 0;
  std::chrono::milliseconds patience{0};  // since the end of the headers
};

using Sink = std::function<Result<void>(std::string_view)>;

struct Request {
  std::string method = "GET";
  std::string target;                    // path and query, already percent-encoded
  int body_fd = -1;                      // a file that is sent as the body, from its beginning; -1: none
  std::optional<std::string> body = {};  // the body, if it is no file; HEADERS say what it is
  long patience_s = 60;                  // seconds for the whole exchange; 0: no limit
  Sink sink = {};                        // gets the body of a 2xx answer in pieces; without it, it is in Response::body
  std::function<void()> accepted = {};   // called when the headers of a 2xx answer have come
  std::vector<std::string> headers = {};       // "Accept: text/html", in addition to libcurl's
  std::optional<BodyBounds> body_bounds = {};  // a longer or slower body is cut off there; without it, it is an error
};

struct Response {
  long status = 0;
  std::string body;                    // empty if a sink took it; more than 16 MiB is an error
  std::string api_version;             // the header Api-Version
  std::string server;                  // the header Server
  std::string content_type, location;  // the headers of these names
  std::optional<long> retry_after_s;   // the header Retry-After, if it is a number of seconds
  bool whole = true;                   // the body was not cut off
  [[nodiscard]] bool ok() const { return status >= 200 && status < 300; }
};

// Sends REQUEST and returns the answer, whatever its status. Errors: the answer did not come or was not complete; the
// sink returned an error; STOP was requested, which ends the exchange at once.
Result<Response> perform(const Endpoint& endpoint, const Request& request, const std::stop_token& stop = {});

}  // namespace winnow::http
