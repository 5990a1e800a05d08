// SPDX-License-Identifier: Apache-2.0
// What an engine sends piece by piece: the framed log of a container, and lines of JSON.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "winnow/base/error.h"
#include "winnow/engine/engine.h"
#include "winnow/http/http.h"

namespace winnow::engine {

// A container's log as it comes, the first MOST bytes of each stream. Without a terminal it is FRAMED: frames of
// {stream, 0, 0, 0, big-endian length} and content; see "Attach to a container" in the API reference.
class LogReader {
 public:
  LogReader(bool framed, std::size_t most) : framed_(framed), most_(most) {}
  Result<void> feed(std::string_view piece);
  [[nodiscard]] ContainerLog log() && { return std::move(log_); }

 private:
  static constexpr std::size_t kHeader = 8;
  void append(std::string& text, std::string_view part) const;

  bool framed_;
  std::size_t most_;
  std::string header_;      // of the next frame, as far as it has come
  std::uint32_t left_ = 0;  // of the content of a frame
  char stream_ = 0;         // of that frame
  ContainerLog log_;
};

// Cuts a stream into lines, each at most LIMIT bytes.
class LineReader {
 public:
  explicit LineReader(std::size_t limit) : limit_(limit) {}
  // Hands each line that PIECE completes to TAKE, without its end; empty lines are left out.
  Result<void> feed(std::string_view piece, const http::Sink& take);
  // The line that nothing has ended yet.
  [[nodiscard]] std::string_view rest() const { return rest_; }

 private:
  std::size_t limit_;
  std::string rest_;
};

}  // namespace winnow::engine
