// SPDX-License-Identifier: Apache-2.0
// Finds users and groups as runtimes do: a name goes before a number.
#include "winnow/base/passwd.h"

#include <charconv>
#include <ranges>

#include "winnow/base/text.h"

namespace winnow {

std::vector<std::string_view> fields_of(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  for (const auto part : std::views::split(text, at)) parts.emplace_back(part.begin(), part.end());
  return parts;
}

std::optional<std::uint32_t> id_of(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || value > 0x7fffffff)
    return std::nullopt;
  return value;
}

std::optional<std::vector<std::string_view>> database_line(std::string_view database, std::string_view who,
                                                           std::size_t fields) {
  std::optional<std::vector<std::string_view>> by_number;
  const auto number = id_of(who);
  for (const std::string_view line : lines(database)) {
    auto parts = fields_of(line, ':');
    if (parts.size() < fields) continue;
    if (parts[0] == who && !who.empty()) return parts;
    if (!by_number && number && id_of(parts[2]) == number) by_number = std::move(parts);
  }
  return by_number;
}

}  // namespace winnow
