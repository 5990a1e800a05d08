// SPDX-License-Identifier: Apache-2.0
// Questions to web servers in containers, within what they may cost.
#include "winnow/http/web.h"

#include <fmt/format.h>

#include "winnow/base/error.h"
#include "winnow/http/http.h"

namespace winnow {
namespace {

using namespace std::chrono_literals;

constexpr auto kBodyPatience = 3s;        // a stream of events never ends
constexpr std::size_t kMaxHeader = 4096;  // bytes that are kept of one

}  // namespace

std::string WebQuestion::origin() const { return fmt::format("{}://localhost:{}", tls ? "https" : "http", port); }

Result<WebAnswer> ask_web(const WebQuestion& question, const std::stop_token& stop) {
  const http::Endpoint endpoint{.unix_socket = false,
                                .address = fmt::format("localhost:{}", question.port),
                                .numeric = question.address,
                                .tls = question.tls};
  const http::Request request{.target = question.target,
                              .patience_s = question.patience.count(),
                              .headers = {"User-Agent: winnow", "Accept: text/html, */*;q=0.9"},
                              .body_bounds = http::BodyBounds{kMaxWebBody, kBodyPatience}};
  TRY(auto response, http::perform(endpoint, request, stop));
  return WebAnswer{.status = static_cast<int>(response.status),
                   .content_type = response.content_type.substr(0, kMaxHeader),
                   .location = response.location.substr(0, kMaxHeader),
                   .body = std::move(response.body),
                   .whole = response.whole};
}

}  // namespace winnow
