// SPDX-License-Identifier: Apache-2.0
// A server on a unix socket that gives prepared bytes: answers that a real engine cannot be made to give.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "winnow/base/file.h"

namespace winnow::test {

struct Answer {
  std::string bytes;
  bool hold = false;  // keep the connection open after them, as an event stream does
};

// "HTTP/1.1 200 OK" with headers and BODY; STATUS is the code and its words.
Answer plain(const std::string& body, const std::string& status = "200 OK");
// The start of a chunked answer holding one chunk for each of PIECES; finish it with kLastChunk.
std::string chunked(const std::vector<std::string>& pieces);
inline constexpr const char* kLastChunk = "0\r\n\r\n";
// What /_ping answers: an engine with this API version.
Answer pong(const std::string& api_version = "1.41");

// Answers each connection's one request by the start of its request line ("GET /_ping"); 404 when none fits.
class ScriptedServer {
 public:
  explicit ScriptedServer(std::map<std::string, Answer> answers);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;
  [[nodiscard]] std::string host() const { return "unix://" + path_; }
  // Whole requests with their bodies, in the order of their arrival.
  [[nodiscard]] std::vector<std::string> requests() const;

 private:
  void serve(const std::stop_token& stop);
  void answer(Fd client);

  std::map<std::string, Answer> answers_;
  std::string directory_, path_;
  Fd socket_;
  std::vector<Fd> held_;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;  // guarded by mutex_
  std::jthread thread_;
};

}  // namespace winnow::test
