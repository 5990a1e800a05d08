// SPDX-License-Identifier: Apache-2.0
// Reads numbers out of bytes, of which there may be fewer than expected.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace winnow {

template <class Number>
std::optional<Number> little_endian(std::string_view bytes, std::size_t at) {
  if (at > bytes.size() || bytes.size() - at < sizeof(Number)) return std::nullopt;
  std::uint64_t value = 0;
  for (std::size_t i = sizeof(Number); i > 0; --i) value = value << 8 | static_cast<unsigned char>(bytes[at + i - 1]);
  return static_cast<Number>(value);
}

}  // namespace winnow
