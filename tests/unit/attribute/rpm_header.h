// SPDX-License-Identifier: Apache-2.0
// Headers of rpm's database as values in a test.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace winnow {

// A header as rpm stores it: small numbers and strings only.
// OF has for each file the number of its directory.
inline std::string rpm_header(const std::vector<std::string>& directories, const std::vector<std::uint32_t>& of,
                              const std::vector<std::string>& files, const std::string& name = "glibc",
                              const std::string& architecture = "x86_64", const std::vector<std::string>& needs = {}) {
  const auto number = [](std::uint32_t value) {
    return std::string{static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
                       static_cast<char>(value)};
  };
  std::string entries;
  std::string data;
  const auto add = [&](std::uint32_t tag, std::uint32_t type, std::size_t count, const std::string& bytes) {
    entries += number(tag) + number(type) + number(static_cast<std::uint32_t>(data.size())) +
               number(static_cast<std::uint32_t>(count));
    data += bytes;
  };
  const auto joined = [](const std::vector<std::string>& list) {
    std::string bytes;
    for (const std::string& one : list) bytes += one + '\0';
    return bytes;
  };
  std::string indexes;
  for (const std::uint32_t one : of) indexes += number(one);
  add(1116, 4, of.size(), indexes);
  add(1000, 6, 1, joined({name}));
  add(1001, 6, 1, joined({"2.28"}));
  add(1002, 6, 1, joined({"1.el8"}));
  add(1022, 6, 1, joined({architecture}));
  add(1117, 8, files.size(), joined(files));
  add(1118, 8, directories.size(), joined(directories));
  if (!needs.empty()) add(1049, 8, needs.size(), joined(needs));
  return number(static_cast<std::uint32_t>(entries.size() / 16)) + number(static_cast<std::uint32_t>(data.size())) +
         entries + data;
}

}  // namespace winnow
