// SPDX-License-Identifier: Apache-2.0
// Decodes events of the ring buffer, and makes accesses of them.
#include "record/event.h"

#include <algorithm>
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

std::string join(const std::string& base, const std::string& name) {
  const std::string stem = base == "/" ? "" : base;
  return name.starts_with('/') ? stem + name : stem + "/" + name;
}

Kind kind_of(std::uint16_t kind) {
  switch (kind) {
    case WN_OPEN:
      return Kind::kOpen;
    case WN_EXEC:
      return Kind::kExec;
    case WN_STAT:
      return Kind::kStat;
    case WN_LSTAT:
      return Kind::kLstat;
    case WN_READLINK:
      return Kind::kReadlink;
    case WN_DIR:
      return Kind::kDir;
    case WN_LIST:
      return Kind::kList;
    case WN_SEARCH:
      return Kind::kSearch;
    default:
      return Kind::kMiss;
  }
}

// Said of a program whose executable is no file of the container: the runtime, before it executes the entrypoint.
constexpr auto kOutside = "(outside the container)";

// execveat(2) hands the kernel a name of its own making for a descriptor; no file of an image is called so.
bool names_a_descriptor(const Event& event) { return event.kind == WN_EXEC && event.name.starts_with("/dev/fd/"); }

// Below /proc every process has directories of its own, and a workload that lasts has endless processes: components
// that are numbers are written "[n]". Nothing of an image lies there.
std::string without_numbers(std::string path) {
  constexpr std::string_view kProc = "/proc/";
  if (!path.starts_with(kProc)) return path;
  std::string plain(kProc.substr(0, kProc.size() - 1));
  for (std::string_view rest = std::string_view(path).substr(kProc.size() - 1); !rest.empty();) {
    const std::size_t end = std::min(rest.find('/', 1), rest.size());
    const auto component = rest.substr(1, end - 1);
    const bool is_number = !component.empty() && component.find_first_not_of("0123456789") == std::string_view::npos;
    plain.append("/").append(is_number ? "[n]" : component);
    rest.remove_prefix(end);
  }
  return plain;
}

}  // namespace

std::optional<Event> decode(std::span<const std::byte> bytes) {
  wn_event header{};
  if (bytes.size() < sizeof(header)) return std::nullopt;
  std::memcpy(&header, bytes.data(), sizeof(header));
  if (header.kind < WN_OPEN || header.kind > WN_SEARCH) return std::nullopt;
  std::string_view rest(reinterpret_cast<const char*>(bytes.data()) + sizeof(header), bytes.size() - sizeof(header));
  const std::size_t parts =
      std::size_t{header.name_len} + header.base_len + header.file_len + header.exe_len + header.argv0_len;
  if (parts > rest.size()) return std::nullopt;

  const auto take = [&](std::size_t length) {
    const auto part = rest.substr(0, length);
    rest.remove_prefix(length);
    return part;
  };
  const auto take_path = [&](unsigned flag, std::size_t length) -> std::optional<std::string> {
    const auto components = take(length);
    if ((header.flags & flag) == 0) return std::nullopt;
    return path_from(components);
  };
  Event event{.time_ns = header.time_ns,
              .target = header.target,
              .cgroup = header.cgroup,
              .entry = header.entry,
              .kind = header.kind,
              .root = {header.mnt_ns, header.root_dev, header.root_ino},
              .file_device = header.file_dev,
              .name = std::string(take(header.name_len)),
              .argv0 = {},
              .base = {},
              .file = {},
              .exe = {}};
  event.base = take_path(WN_HAS_BASE, header.base_len);
  event.file = take_path(WN_HAS_FILE, header.file_len);
  event.exe = take_path(WN_HAS_EXE, header.exe_len);
  event.argv0 = std::string(take(header.argv0_len));
  return event;
}

std::optional<Access> access_of(const Event& event) {
  Access access;
  const bool named = !event.name.empty() && !names_a_descriptor(event);
  if (named && event.base) {
    access.path = join(*event.base, event.name);
  } else if (event.file) {
    access.path = *event.file;
  } else if (named) {
    access.path = event.name;
    access.unresolved = true;
  } else {
    return std::nullopt;
  }
  if (!access.unresolved) access.path = without_numbers(std::move(access.path));
  access.resolved = without_numbers(event.file.value_or(""));
  access.kinds = kind_of(event.kind);
  access.other_mount = event.file && event.file_device != event.root.device;
  access.by = event.exe.value_or(kOutside);
  access.argv0 = event.argv0;
  access.runs = {0};
  return access;
}

}  // namespace winnow::record
