// SPDX-License-Identifier: Apache-2.0
// Parses mountinfo.
#include "winnow/base/mounts.h"

#include <charconv>

#include "winnow/base/path.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

std::vector<std::string_view> fields_of(std::string_view line) {
  std::vector<std::string_view> fields;
  for (const std::string_view field : split(line, ' ')) fields.push_back(field);
  return fields;
}

std::optional<Mount> parse_line(std::string_view line) {
  const auto fields = fields_of(line);
  if (fields.size() < 10 || !fields[4].starts_with('/')) return std::nullopt;
  Mount mount;
  if (std::from_chars(fields[0].begin(), fields[0].end(), mount.id).ec != std::errc()) return std::nullopt;
  unsigned major = 0;
  unsigned minor = 0;
  const auto device = fields[2];
  const auto [colon, error] = std::from_chars(device.begin(), device.end(), major);
  if (error != std::errc() || colon == device.end() || *colon != ':') return std::nullopt;
  if (std::from_chars(colon + 1, device.end(), minor).ec != std::errc()) return std::nullopt;
  mount.device = major << 20 | minor;
  mount.root = unescape_mount(fields[3]);
  mount.point = unescape_mount(fields[4]);
  for (std::size_t i = 6; i + 1 < fields.size(); ++i)  // optional fields end with a single hyphen
    if (fields[i] == "-") {
      mount.type = std::string(fields[i + 1]);
      if (i + 3 < fields.size()) mount.options = std::string(fields[i + 3]);
      break;
    }
  return mount;
}

}  // namespace

// Space, tab, newline and backslash are written as three octal digits (seq_path in fs/seq_file.c).
std::string unescape_mount(std::string_view text) {
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    unsigned value = 0;
    const auto digits = text.substr(at + 1, 3);
    if (text[at] == '\\' && digits.size() == 3 &&
        std::from_chars(digits.begin(), digits.end(), value, 8).ptr == digits.end()) {
      plain += static_cast<char>(value);
      at += 3;
    } else {
      plain += text[at];
    }
  }
  return plain;
}

std::vector<Mount> parse_mountinfo(std::string_view text) {
  std::vector<Mount> mounts;
  for (const std::string_view line : lines(text))
    if (auto mount = parse_line(line)) mounts.push_back(*std::move(mount));
  return mounts;
}

const Mount* mount_of(const std::vector<Mount>& mounts, std::string_view path) {
  const Mount* found = nullptr;
  for (const Mount& mount : mounts)
    if (is_below(path, mount.point) && (found == nullptr || mount.point.size() >= found->point.size())) found = &mount;
  return found;
}

}  // namespace winnow
