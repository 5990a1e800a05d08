// SPDX-License-Identifier: Apache-2.0
// Puts together what pieces of any size cut apart.
#include "engine/streams.h"

#include <fmt/format.h>

#include <algorithm>

#include "winnow/base/text.h"

namespace winnow::engine {

Result<void> LogReader::feed(std::string_view piece) {
  if (!framed_) {
    append(log_.out, piece);
    append(log_.both, piece);
    return {};
  }
  while (!piece.empty()) {
    if (left_ == 0) {
      const auto more = piece.substr(0, kHeader - header_.size());
      header_ += more;
      piece.remove_prefix(more.size());
      if (header_.size() < kHeader) return {};
      const auto byte = [&](std::size_t i) { return std::uint32_t{static_cast<unsigned char>(header_[i])}; };
      if (byte(0) > 3 || byte(1) != 0 || byte(2) != 0 || byte(3) != 0)
        return fail("the log is not framed: " + printable(header_));
      left_ = byte(4) << 24 | byte(5) << 16 | byte(6) << 8 | byte(7);
      stream_ = header_[0];
      header_.clear();
      continue;
    }
    const auto part = piece.substr(0, left_);
    append(log_.both, part);
    if (stream_ == 1) append(log_.out, part);
    if (stream_ == 2) append(log_.err, part);
    left_ -= static_cast<std::uint32_t>(part.size());
    piece.remove_prefix(part.size());
  }
  return {};
}

void LogReader::append(std::string& text, std::string_view part) const {
  text += part.substr(0, most_ - std::min(most_, text.size()));
}

Result<void> LineReader::feed(std::string_view piece, const http::Sink& take) {
  while (!piece.empty()) {
    const auto end = piece.find('\n');
    rest_ += piece.substr(0, end);
    if (rest_.size() > limit_) return fail(fmt::format("a line is longer than {}", human_bytes(limit_)));
    if (end == std::string_view::npos) return {};
    piece.remove_prefix(end + 1);
    const std::string line = std::exchange(rest_, {});
    if (line.empty()) continue;
    TRY_DO(take(line));
  }
  return {};
}

}  // namespace winnow::engine
