// SPDX-License-Identifier: Apache-2.0
// The roots of the tests here: a host, a container on it, a container in that; and places in them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "record/event.h"
#include "record/view.h"

namespace winnow::record {

inline constexpr std::uint32_t kOwnDevice = 20;
inline const Root kHost{.mount_namespace = 1, .device = 10, .inode = 2};
inline const Root kContainer{.mount_namespace = 7, .device = kOwnDevice, .inode = 5};
inline const Root kInner{.mount_namespace = 8, .device = 30, .inode = 5};

inline Place at(const std::string& path, const Root& root) {
  return {.device = root.device, .path = path, .in_filesystem = path};
}

// The mounts of a process that has ended.
inline std::optional<std::vector<Mount>> gone(std::uint32_t, std::uint32_t) { return std::nullopt; }

}  // namespace winnow::record
