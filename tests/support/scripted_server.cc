// SPDX-License-Identifier: Apache-2.0
// The scripted server: one thread, one request a connection.
#include "support/scripted_server.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>

#include "winnow/base/file.h"

namespace winnow::test {
namespace {

// Headers, and where they announce a chunked body, that too.
std::string read_request(int client) {
  std::string request;
  char buffer[65536];
  for (;;) {
    const bool has_body = request.find("Transfer-Encoding: chunked") != std::string::npos;
    if (request.find("\r\n\r\n") != std::string::npos && (!has_body || request.ends_with(kLastChunk))) return request;
    const ssize_t got = recv(client, buffer, sizeof buffer, 0);
    if (got <= 0) return request;
    request.append(buffer, static_cast<std::size_t>(got));
  }
}

void send_all(int client, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(client, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;  // the client has heard enough
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

}  // namespace

Answer plain(const std::string& body, const std::string& status) {
  return {fmt::format("HTTP/1.1 {}\r\nContent-Length: {}\r\n\r\n{}", status, body.size(), body)};
}

std::string chunked(const std::vector<std::string>& pieces) {
  std::string text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const std::string& piece : pieces) text += fmt::format("{:x}\r\n{}\r\n", piece.size(), piece);
  return text;
}

Answer pong(const std::string& api_version) {
  return {fmt::format(
      "HTTP/1.1 200 OK\r\nApi-Version: {}\r\nServer: Docker/20.10.24 (linux)\r\nContent-Length: 2\r\n\r\nOK",
      api_version)};
}

ScriptedServer::ScriptedServer(std::map<std::string, Answer> answers) : answers_(std::move(answers)) {
  char directory[] = "/tmp/winnow-unit-XXXXXX";
  if (mkdtemp(directory) == nullptr) throw std::runtime_error("mkdtemp");
  directory_ = directory;
  path_ = directory_ + "/socket";
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  path_.copy(address.sun_path, sizeof address.sun_path - 1);
  socket_ = Fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      listen(socket_.get(), 16) != 0) {
    throw std::runtime_error("cannot listen on " + path_);
  }
  thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
}

ScriptedServer::~ScriptedServer() {
  thread_.request_stop();
  shutdown(socket_.get(), SHUT_RDWR);  // wakes accept
  thread_.join();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

std::vector<std::string> ScriptedServer::requests() const {
  const std::scoped_lock lock(mutex_);
  return requests_;
}

void ScriptedServer::serve(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    Fd client(accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (client.valid()) answer(std::move(client));
  }
}

void ScriptedServer::answer(Fd client) {
  const std::string request = read_request(client.get());
  {
    const std::scoped_lock lock(mutex_);
    requests_.push_back(request);
  }
  for (const auto& [start, prepared] : answers_) {
    if (!request.starts_with(start)) continue;
    send_all(client.get(), prepared.bytes);
    if (prepared.hold) held_.push_back(std::move(client));
    return;
  }
  send_all(client.get(), plain(R"({"message":"no such thing"})", "404 Not Found").bytes);
}

}  // namespace winnow::test
