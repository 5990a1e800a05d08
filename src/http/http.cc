// SPDX-License-Identifier: Apache-2.0
// HTTP over libcurl's multi interface: it alone can be woken from another thread.
#include "winnow/http/http.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>

#include "winnow/base/error.h"
#include "winnow/base/text.h"

namespace winnow::http {
namespace {

constexpr int kBoundedPollMs = 200;                        // how often it is asked whether a body has had its time
constexpr std::size_t kBodyLimit = std::size_t{16} << 20;  // bytes; an inspection of a container is a few KiB

struct EasyCleanup {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct MultiCleanup {
  void operator()(CURLM* handle) const { curl_multi_cleanup(handle); }
};
struct ListCleanup {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Easy = std::unique_ptr<CURL, EasyCleanup>;
using Multi = std::unique_ptr<CURLM, MultiCleanup>;
using Headers = std::unique_ptr<curl_slist, ListCleanup>;

// What the callbacks of one exchange share.
struct Exchange {
  const Request& request;
  CURL* handle;
  Response response = {};
  off_t sent = 0;                   // bytes of the body
  std::optional<Error> error = {};  // why a callback broke it off
  std::optional<std::chrono::steady_clock::time_point> headers_in = {};
};

void read_status(Exchange& exchange) {
  curl_easy_getinfo(exchange.handle, CURLINFO_RESPONSE_CODE, &exchange.response.status);
}

// The value of header NAME if LINE is it, without blanks and line end. Names have no case (RFC 9110, section 5.1).
std::optional<std::string> header_value(std::string_view line, std::string_view name) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || !std::ranges::equal(line.substr(0, colon), name, {}, lower, lower)) {
    return std::nullopt;
  }
  line.remove_prefix(colon + 1);
  const auto first = line.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return "";
  return std::string(line.substr(first, line.find_last_not_of(" \t\r\n") + 1 - first));
}

// CURLOPT_HEADERFUNCTION: one line a call; an empty one ends the headers. Those of an interim answer (1xx; RFC 9110,
// section 15.2) and the trailers behind a body are not the answer's.
std::size_t take_header(const char* data, std::size_t, std::size_t size, void* context) {
  auto& exchange = *static_cast<Exchange*>(context);
  const std::string_view line(data, size);
  Response& response = exchange.response;
  if (exchange.headers_in) return size;  // a trailer
  if (auto version = header_value(line, "Api-Version")) response.api_version = std::move(*version);
  if (auto server = header_value(line, "Server")) response.server = std::move(*server);
  if (auto type = header_value(line, "Content-Type")) response.content_type = std::move(*type);
  if (auto location = header_value(line, "Location")) response.location = std::move(*location);
  if (const auto wait = header_value(line, "Retry-After")) {
    long seconds = 0;
    const auto [end, failed] = std::from_chars(wait->data(), wait->data() + wait->size(), seconds);
    if (failed == std::errc() && end == wait->data() + wait->size() && seconds >= 0) response.retry_after_s = seconds;
  }
  if (line != "\r\n") return size;
  read_status(exchange);
  constexpr long kSwitchingProtocols = 101;  // the last answer in HTTP
  if (response.status < 200 && response.status != kSwitchingProtocols) {
    response = {};
    return size;
  }
  exchange.headers_in = std::chrono::steady_clock::now();
  if (exchange.request.accepted && response.ok()) exchange.request.accepted();
  return size;
}

// CURLOPT_WRITEFUNCTION: anything but SIZE breaks the exchange off.
std::size_t take_body(const char* data, std::size_t, std::size_t size, void* context) {
  auto& exchange = *static_cast<Exchange*>(context);
  read_status(exchange);
  if (exchange.request.sink && exchange.response.ok()) {
    if (auto taken = exchange.request.sink({data, size}); !taken) {
      exchange.error = std::move(taken.error());
      return 0;
    }
    return size;
  }
  if (const auto& bounds = exchange.request.body_bounds;
      bounds && exchange.response.body.size() + size > bounds->bytes) {
    exchange.response.body.append(data, bounds->bytes - exchange.response.body.size());
    exchange.response.whole = false;
    return 0;
  }
  if (exchange.response.body.size() + size > kBodyLimit) {
    exchange.error = Error{"the answer is longer than " + human_bytes(kBodyLimit)};
    return 0;
  }
  exchange.response.body.append(data, size);
  return size;
}

// CURLOPT_READFUNCTION
std::size_t give_body(char* buffer, std::size_t, std::size_t size, void* context) {
  auto& exchange = *static_cast<Exchange*>(context);
  const ssize_t got = pread(exchange.request.body_fd, buffer, size, exchange.sent);
  if (got < 0) {
    exchange.error = Error::from_errno("reading what is sent");
    return CURL_READFUNC_ABORT;
  }
  exchange.sent += got;
  return static_cast<std::size_t>(got);
}

// "localhost:8080:127.0.0.1", as CURLOPT_RESOLVE takes it; an IPv6 address stands in brackets.
std::string resolution(const Endpoint& endpoint) {
  const bool v6 = endpoint.numeric.contains(':');
  return fmt::format("{}:{}{}{}", endpoint.address, v6 ? "[" : "", endpoint.numeric, v6 ? "]" : "");
}

// RESOLVED has to outlive the exchange.
void set_address(CURL* handle, const Endpoint& endpoint, const std::string& target, const Headers& resolved) {
  const std::string host = endpoint.unix_socket ? "localhost" : endpoint.address;
  curl_easy_setopt(handle, CURLOPT_URL, ((endpoint.tls ? "https://" : "http://") + host + target).c_str());
  if (endpoint.unix_socket) curl_easy_setopt(handle, CURLOPT_UNIX_SOCKET_PATH, endpoint.address.c_str());
  if (!endpoint.numeric.empty()) curl_easy_setopt(handle, CURLOPT_RESOLVE, resolved.get());
  if (endpoint.ca_file.empty()) {  // a container, which vouches for itself
    curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 0L);
  } else {
    curl_easy_setopt(handle, CURLOPT_CAINFO, endpoint.ca_file.c_str());
    curl_easy_setopt(handle, CURLOPT_CAPATH, nullptr);
  }
  curl_easy_setopt(handle, CURLOPT_PROXY, "");  // http_proxy is not meant for what is asked here
}

void set_up(const Request& request, const Headers& headers, Exchange& exchange) {
  CURL* const handle = exchange.handle;
  curl_easy_setopt(handle, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, 5L);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT, request.patience_s);
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, &exchange);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &exchange);
  if (request.method == "POST") curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE, 0L);
  if (request.body_fd >= 0) {
    curl_easy_setopt(handle, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(handle, CURLOPT_READFUNCTION, give_body);
    curl_easy_setopt(handle, CURLOPT_READDATA, &exchange);
    curl_easy_setopt(handle, CURLOPT_UPLOAD_BUFFERSIZE, 1L << 20);
  } else if (request.body) {  // CURLOPT_POSTFIELDS does not copy: REQUEST outlives the exchange
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body->size()));
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request.body->c_str());
  } else if (request.method == "POST") {
    curl_easy_setopt(handle, CURLOPT_POST, 1L);
  }
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

Headers headers_of(const Request& request) {
  curl_slist* list = nullptr;
  if (request.body_fd >= 0) {
    list = curl_slist_append(list, "Content-Type: application/x-tar");
    list = curl_slist_append(list, "Transfer-Encoding: chunked");
  }
  // Without Expect the body is sent at once, instead of after the engine's "100 Continue".
  list = curl_slist_append(list, "Expect:");
  for (const std::string& one : request.headers) list = curl_slist_append(list, one.c_str());
  return Headers(list);
}

// Whether the body has had its time.
bool is_late(const Exchange& exchange) {
  const auto& bounds = exchange.request.body_bounds;
  return bounds && exchange.headers_in && std::chrono::steady_clock::now() - *exchange.headers_in > bounds->patience;
}

// Drives the one transfer of MULTI to its end, or to where its body is cut. Nothing when it was stopped.
std::optional<CURLcode> drive(CURLM* multi, Exchange& exchange, const std::stop_token& stop) {
  const std::stop_callback wake(stop, [multi] { curl_multi_wakeup(multi); });
  for (int running = 1; running > 0;) {
    if (stop.stop_requested()) return std::nullopt;
    if (curl_multi_perform(multi, &running) != CURLM_OK) return CURLE_FAILED_INIT;
    if (running > 0 && is_late(exchange)) exchange.response.whole = false;
    if (!exchange.response.whole) return CURLE_OK;
    if (running > 0) curl_multi_poll(multi, nullptr, 0, exchange.request.body_bounds ? kBoundedPollMs : 1000, nullptr);
  }
  int left = 0;
  const CURLMsg* message = curl_multi_info_read(multi, &left);
  return message != nullptr ? message->data.result : CURLE_FAILED_INIT;
}

// "Permission denied" says more than libcurl's "Couldn't connect to server".
std::string reason(CURL* handle, CURLcode code) {
  long err = 0;
  curl_easy_getinfo(handle, CURLINFO_OS_ERRNO, &err);
  if (code == CURLE_COULDNT_CONNECT && err != 0) return Error::from_errno("connect", static_cast<int>(err)).what;
  return curl_easy_strerror(code);
}

}  // namespace

Result<Response> perform(const Endpoint& endpoint, const Request& request, const std::stop_token& stop) {
  // Not thread-safe in every build of libcurl, so it runs once, before the first handle.
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  const Easy easy(curl_easy_init());
  const Multi multi(curl_multi_init());
  if (initialised != CURLE_OK || !easy || !multi) return fail("libcurl cannot be initialised");
  const Headers headers = headers_of(request);
  const Headers resolved(curl_slist_append(nullptr, resolution(endpoint).c_str()));

  Exchange exchange{.request = request, .handle = easy.get()};
  set_address(easy.get(), endpoint, request.target, resolved);
  set_up(request, headers, exchange);
  curl_multi_add_handle(multi.get(), easy.get());
  const std::optional<CURLcode> code = drive(multi.get(), exchange, stop);
  curl_multi_remove_handle(multi.get(), easy.get());

  const std::string what = fmt::format("{} {} at {}", request.method, request.target, endpoint.str());
  if (!code) return fail(what + ": stopped");
  if (exchange.error) return std::unexpected(exchange.error->within(what));
  if (*code != CURLE_OK) return fail(fmt::format("{}: {}", what, reason(easy.get(), *code)));
  read_status(exchange);
  return std::move(exchange.response);
}

}  // namespace winnow::http
