// SPDX-License-Identifier: Apache-2.0
// Events as the BPF programs send them.
#pragma once

#include <cstring>
#include <string>
#include <vector>

#include "events.h"

namespace winnow::testing {

// What follows an event, as the BPF programs lay it out.
struct EventParts {
  std::string name, base, file, exe, argv0;
};

inline std::vector<std::byte> encode(wn_event header, const EventParts& parts) {
  header.name_len = static_cast<unsigned short>(parts.name.size());
  header.base_len = static_cast<unsigned short>(parts.base.size());
  header.file_len = static_cast<unsigned short>(parts.file.size());
  header.exe_len = static_cast<unsigned short>(parts.exe.size());
  header.argv0_len = static_cast<unsigned short>(parts.argv0.size());
  const std::string text = parts.name + parts.base + parts.file + parts.exe + parts.argv0;
  std::vector<std::byte> bytes((sizeof(header) + text.size() + 7) & ~std::size_t{7});
  std::memcpy(bytes.data(), &header, sizeof(header));
  std::memcpy(bytes.data() + sizeof(header), text.data(), text.size());
  return bytes;
}

}  // namespace winnow::testing
