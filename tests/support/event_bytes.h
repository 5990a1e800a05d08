// SPDX-License-Identifier: Apache-2.0
// Events as the BPF programs send them.
#pragma once

#include <cstring>
#include <string>
#include <vector>

#include "events.h"

namespace winnow::test {

// The components of a place: within its mount, above its mount point, and below the root of its file system.
struct PlaceParts {
  std::string within, above = {}, below = {};
};

// What follows an event, as the BPF programs lay it out.
struct EventParts {
  std::string name;
  PlaceParts base, file, exe;
  std::string argv0 = {}, root = {};
};

// An event with all of them.
inline constexpr unsigned short kAll = WN_HAS_BASE | WN_HAS_FILE | WN_HAS_EXE;

inline std::vector<std::byte> encode(wn_event header, const EventParts& parts) {
  const auto size = [](const std::string& part) { return static_cast<unsigned short>(part.size()); };
  std::string text = parts.name;
  const auto add = [&](wn_place& place, const PlaceParts& of) {
    place.within = size(of.within);
    place.above = size(of.above);
    place.below = size(of.below);
    text += of.within + of.above + of.below;
  };
  header.name_len = size(parts.name);
  add(header.base, parts.base);
  add(header.exe, parts.exe);
  header.root_len = size(parts.root);
  header.argv0_len = size(parts.argv0);
  text += parts.root + parts.argv0;
  add(header.file, parts.file);
  std::vector<std::byte> bytes((sizeof(header) + text.size() + 7) & ~std::size_t{7});
  std::memcpy(bytes.data(), &header, sizeof(header));
  std::memcpy(bytes.data() + sizeof(header), text.data(), text.size());
  return bytes;
}

}  // namespace winnow::test
