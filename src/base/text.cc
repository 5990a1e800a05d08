// SPDX-License-Identifier: Apache-2.0
// Names of any bytes as text that can be read back or shown, and sizes for people.
#include "winnow/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

#include "winnow/base/error.h"

namespace winnow {
namespace {

// Length of the UTF-8 sequence at TEXT[AT], 0 when it is not valid (RFC 3629: no overlong forms, no surrogates).
std::size_t utf8_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0u; };
  const auto tail = [&](std::size_t i) { return (byte(i) & 0xC0u) == 0x80u; };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return tail(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const unsigned low = lead == 0xE0 ? 0xA0 : 0x80;
    const unsigned high = lead == 0xED ? 0x9F : 0xBF;
    return byte(1) >= low && byte(1) <= high && tail(2) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const unsigned low = lead == 0xF0 ? 0x90 : 0x80;
    const unsigned high = lead == 0xF4 ? 0x8F : 0xBF;
    return byte(1) >= low && byte(1) <= high && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

// C0 and C1 controls, DEL, and the code points that turn the direction of text or break lines.
bool disturbs_a_terminal(std::string_view character) {
  const auto lead = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return lead < 0x20 || lead == 0x7F;
  if (character.size() == 2) return lead == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;
  const std::string_view start = character.substr(0, 2);
  if (start == "\xE2\x80") {
    const auto last = static_cast<unsigned char>(character[2]);
    return (last >= 0x8B && last <= 0x8F) || (last >= 0xA8 && last <= 0xAE);
  }
  return start == "\xE2\x81" && static_cast<unsigned char>(character[2]) >= 0xA0;
}

std::string escape(std::string_view path, bool for_people, bool backslashes = true) {
  std::string text;
  text.reserve(path.size());
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t length = utf8_length(path, at);
    const std::string_view character = path.substr(at, length == 0 ? 1 : length);
    if (length == 0 || (for_people && disturbs_a_terminal(character))) {
      for (const char c : character) text += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else if (character == "\\" && backslashes) {
      text += "\\\\";
    } else {
      text += character;
    }
    at += character.size();
  }
  return text;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8_length(text, at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

std::string escape_path(std::string_view path) { return escape(path, false); }

std::string printable(std::string_view path) { return escape(path, true); }

std::string printable_words(std::string_view text) { return escape(text, true, false); }

Result<std::string> unescape_path(std::string_view text) {
  std::string path;
  path.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '\\') {
      path += text[at];
    } else if (at + 1 < text.size() && text[at + 1] == '\\') {
      path += '\\';
      ++at;
    } else if (at + 3 < text.size() && text[at + 1] == 'x' && hex_value(text[at + 2]) >= 0 &&
               hex_value(text[at + 3]) >= 0) {
      path += static_cast<char>(hex_value(text[at + 2]) << 4 | hex_value(text[at + 3]));
      at += 3;
    } else {
      return fail("bad escape in path \"" + printable(text.substr(0, 200)) + "\"",
                  "a backslash is written \\\\ and other bytes \\xHH");
    }
  }
  if (path.find('\0') != std::string::npos) return fail("a path with a NUL byte");
  return path;
}

std::string percent_encoded(std::string_view text, std::string_view also_plain) {
  std::string encoded;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~").contains(c) || also_plain.contains(c);
    encoded += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return encoded;
}

std::string human_bytes(std::uint64_t bytes) {
  constexpr std::array kUnits = {"kB", "MB", "GB", "TB", "PB"};
  if (bytes < 1000) return fmt::format("{} B", bytes);
  auto value = static_cast<double>(bytes) / 1000;
  std::size_t unit = 0;
  while (value >= 999.5 && unit + 1 < kUnits.size()) {
    value /= 1000;
    ++unit;
  }
  return value < 9.95 ? fmt::format("{:.1f} {}", value, kUnits[unit]) : fmt::format("{:.0f} {}", value, kUnits[unit]);
}

std::string_view take_until(std::string_view& text, char end) {
  const std::string_view part = text.substr(0, text.find(end));
  text.remove_prefix(std::min(part.size() + 1, text.size()));
  return part;
}

std::string_view cut_between_characters(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return text;
  std::size_t end = limit;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0u) == 0x80u) --end;
  return text.substr(0, end);
}

std::size_t edit_distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (const char letter : from) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 0; j < to.size(); ++j) {
      const std::size_t changed = diagonal + (letter == to[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

}  // namespace winnow
