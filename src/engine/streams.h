// SPDX-License-Identifier: Apache-2.0
// Puts together what an engine sends piece by piece: the log of a container, and lines of JSON.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "winnow/base/error.h"
#include "winnow/engine/engine.h"
#include "winnow/http/http.h"

namespace winnow::engine {

// Reads a container's log as it comes and keeps the first MOST bytes of each stream. The log of a container without a
// terminal is FRAMED: each frame is {stream, 0, 0, 0, big-endian length} and content; see "Attach to a container" in
// the API reference.
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
  std::string header_;      // the part of the next frame's header that has come
  std::uint32_t left_ = 0;  // bytes that are still to come of the current frame's content
  char stream_ = 0;         // the stream of the current frame
  ContainerLog log_;
};

// Cuts a stream into lines. A line of more than LIMIT bytes is an error.
class LineReader {
 public:
  explicit LineReader(std::size_t limit) : limit_(limit) {}
  // Calls TAKE with each line that PIECE completes, without the line break; empty lines are left out.
  Result<void> feed(std::string_view piece, const http::Sink& take);
  // The last line, if no line break has ended it yet.
  [[nodiscard]] std::string_view rest() const { return rest_; }

 private:
  std::size_t limit_;
  std::string rest_;
};

}  // namespace winnow::engine
