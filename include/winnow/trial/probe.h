// SPDX-License-Identifier: Apache-2.0
// A probe exercises a container for which there is no test: it asks its TCP ports over HTTP, then lets it settle.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "winnow/base/path.h"

namespace winnow {

enum class Speech : std::uint8_t { kHttp, kHttps, kOther };
std::string_view to_string(Speech speech);  // "http", "https", "other"

// A TCP port that a process of the container listens on.
struct ProbedPort {
  std::uint16_t port = 0;
  bool exposed = false;    // the image exposes it or the container publishes it
  bool ephemeral = false;  // the kernel may have chosen it: it can be another one in the next run
  Speech speech = Speech::kOther;
};

// Why a request was made.
enum class Origin : std::uint8_t {
  kStart,     // "/"
  kGiven,     // the user named the path
  kDocument,  // an OpenAPI document may be at the path
  kApi,       // an OpenAPI document names the path
  kLink,      // a page links to the path
  kRedirect,  // an answer redirected there
};
std::string_view to_string(Origin origin);  // "start", "given", "document", "api", "link", "redirect"

// A GET request, and its answer.
struct Exchange {
  std::uint16_t port = 0;
  std::string target;  // path and query
  Origin origin = Origin::kStart;
  int status = 0;    // 0: no answer came
  std::string type;  // the Content-Type, in lower case, without blanks and the boundary
};

// Something that the probe saw and left alone.
struct NotAsked {
  std::string what;  // "POST /orders"
  std::string why;   // "only GET is asked"
};

struct ProbeReport {
  std::vector<ProbedPort> ports;
  std::vector<std::uint16_t> closed;  // exposed ports on which nothing listened
  std::vector<Exchange> exchanges;    // in the order in which they were made
  std::vector<NotAsked> not_asked;
  std::optional<int> ended;            // the container's exit status, if it ended by itself
  std::string last_words;              // the end of what it wrote, if that status is not 0; may hold any bytes
  std::chrono::milliseconds quiet{0};  // how long nothing new had been seen when it was stopped
};

struct ProbeWishes {
  std::vector<std::string> paths;  // asked on each port besides "/"
  std::size_t most_requests = 200;
  // The container is stopped if nothing new was seen for so long. Not set: for 3 s after the last request, if it
  // answered over HTTP; else for half of its time so far, and at least 10 s.
  std::optional<std::chrono::milliseconds> settle;
  std::function<std::chrono::milliseconds()> quiet;  // returns how long nothing new has been seen of the container
  std::optional<ProbeReport> expected;               // of the source image: only the same requests are made
};

// Returns a sentence for each thing that was different on SLIM from what it was on SOURCE: the container's end, its
// ports, the status and type of answers.
std::vector<std::string> differences(const ProbeReport& source, const ProbeReport& slim);

}  // namespace winnow
