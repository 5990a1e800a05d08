// SPDX-License-Identifier: Apache-2.0
// A container exercised without a test of the user's: its own TCP ports are asked over HTTP, then it is left to settle.
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
  bool exposed = false;    // the image or the container says that it has it
  bool ephemeral = false;  // one that the kernel may have chosen: another one the next time
  Speech speech = Speech::kOther;
};

// Why a request was made.
enum class Origin : std::uint8_t {
  kStart,     // "/"
  kGiven,     // the user named the path
  kDocument,  // an OpenAPI document may be there
  kApi,       // the document names the path
  kLink,      // a page has it
  kRedirect,  // an answer led there
};
std::string_view to_string(Origin origin);  // "start", "given", "document", "api", "link", "redirect"

// A GET, and what came back.
struct Exchange {
  std::uint16_t port = 0;
  std::string target;  // path and query
  Origin origin = Origin::kStart;
  int status = 0;    // 0: no answer came
  std::string type;  // the Content-Type, in lower case, without blanks and boundary
};

// Something that the probe saw and left alone.
struct NotAsked {
  std::string what;  // "POST /orders"
  std::string why;   // "only GET is asked"
};

struct ProbeReport {
  std::vector<ProbedPort> ports;
  std::vector<std::uint16_t> closed;  // exposed, and nobody listened there
  std::vector<Exchange> exchanges;    // in the order in which they were made
  std::vector<NotAsked> not_asked;
  std::optional<int> ended;            // the container ended by itself, with this status
  std::string last_words;              // the end of what it wrote, if that is not 0; bytes of its own choice
  std::chrono::milliseconds quiet{0};  // for so long nothing new was seen before it was stopped
};

struct ProbeWishes {
  std::vector<std::string> paths;  // asked on each port beside "/"
  std::size_t most_requests = 200;
  // Nothing new for so long: it is stopped. None: 3 s after its last answer; where it gave none over HTTP, for the
  // second half of the time, and 10 s at least.
  std::optional<std::chrono::milliseconds> settle;
  std::function<std::chrono::milliseconds()> quiet;  // how long nothing new has been seen of it
  std::optional<ProbeReport> expected;               // of the source image: the same requests are made, and no others
};

// What SLIM did in another way than SOURCE, each as a sentence: the container's end, its ports, status and type of the
// answers.
std::vector<std::string> differences(const ProbeReport& source, const ProbeReport& slim);

}  // namespace winnow
