// SPDX-License-Identifier: Apache-2.0
// Reads the layers of an overlay mount from mountinfo (proc(5), overlayfs.rst).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "winnow/base/error.h"

namespace winnow {

struct OverlayMount {
  std::vector<std::string> lower;  // directories, the lowest first; absolute if that can be known
  std::string upper;               // empty if the mount is read-only
};

// Returns the mount at "/" in MOUNTINFO, the text of /proc/PID/mountinfo; nullopt: it is not an overlay.
Result<std::optional<OverlayMount>> root_overlay(std::string_view mountinfo);

}  // namespace winnow
