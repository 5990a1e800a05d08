// SPDX-License-Identifier: Apache-2.0
// Decodes events of the ring buffer.
#include "record/event.h"

#include <cstring>
#include <string_view>

#include "events.h"

namespace winnow::record {
namespace {

// "leaf\0parent\0" -> "/parent/leaf"; no components are the root.
std::string path_from(std::string_view components) {
  std::string path;
  while (!components.empty()) {
    components.remove_suffix(1);  // the NUL that ends the topmost component left
    const std::size_t before = components.rfind('\0');
    const auto name = before == std::string_view::npos ? components : components.substr(before + 1);
    if (!name.empty() && name != "/") path.append("/").append(name);  // "/" names the root of a detached tree
    components = components.substr(0, components.size() - name.size());
  }
  return path.empty() ? "/" : path;
}

std::size_t size_of(const wn_place& place) { return std::size_t{place.within} + place.above + place.below; }

std::string join(const std::string& above, const std::string& below) {
  if (below == "/") return above;
  return above == "/" ? below : above + below;
}

Place place_from(const wn_place& header, bool stray, std::string_view components) {
  const std::string within = path_from(components.substr(0, header.within));
  Place place{.device = header.dev, .stray = stray};
  place.mount_point = path_from(components.substr(header.within, header.above));
  place.mounted = path_from(components.substr(header.within + std::size_t{header.above}));
  place.path = join(place.mount_point, within);
  place.in_filesystem = join(place.mounted, within);
  return place;
}

}  // namespace

std::optional<Event> decode(std::span<const std::byte> bytes) {
  wn_event header{};
  if (bytes.size() < sizeof(header)) return std::nullopt;
  std::memcpy(&header, bytes.data(), sizeof(header));
  if (header.kind < WN_OPEN || header.kind > WN_SEARCH) return std::nullopt;
  std::string_view rest(reinterpret_cast<const char*>(bytes.data()) + sizeof(header), bytes.size() - sizeof(header));
  const std::size_t parts = std::size_t{header.name_len} + size_of(header.base) + size_of(header.file) +
                            size_of(header.exe) + header.root_len + header.argv0_len;
  if (parts > rest.size()) return std::nullopt;

  const auto take = [&](std::size_t length) {
    const auto part = rest.substr(0, length);
    rest.remove_prefix(length);
    return part;
  };
  const auto take_place = [&](const wn_place& place, unsigned has, unsigned stray) -> std::optional<Place> {
    const auto components = take(size_of(place));
    if ((header.flags & has) == 0) return std::nullopt;
    return place_from(place, (header.flags & stray) != 0, components);
  };
  Event event{.time_ns = header.time_ns,
              .target = header.target,
              .cgroup = header.cgroup,
              .visit = header.visit,
              .process = header.process,
              .mounts = header.mounts,
              .kind = header.kind,
              .root = {header.mnt_ns, header.root_dev, header.root_ino},
              .name = std::string(take(header.name_len)),
              .argv0 = {},
              .base = {},
              .file = {},
              .exe = {}};
  event.base = take_place(header.base, WN_HAS_BASE, WN_STRAY_BASE);
  event.exe = take_place(header.exe, WN_HAS_EXE, WN_STRAY_EXE);
  event.root.path = path_from(take(header.root_len));
  event.argv0 = std::string(take(header.argv0_len));
  event.file = take_place(header.file, WN_HAS_FILE, WN_STRAY_FILE);
  return event;
}

}  // namespace winnow::record
