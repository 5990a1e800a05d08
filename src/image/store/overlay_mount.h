// SPDX-License-Identifier: Apache-2.0
// The layers of an overlay mount as mountinfo tells them (proc(5), overlayfs.rst).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "winnow/base/error.h"

namespace winnow {

struct OverlayMount {
  std::vector<std::string> lower;  // directories, the lowest first; absolute where that can be known
  std::string upper;               // empty for a mount that is only read
};

// The mount at "/" of MOUNTINFO, the text of /proc/PID/mountinfo; nothing when that is not an overlay.
Result<std::optional<OverlayMount>> root_overlay(std::string_view mountinfo);

}  // namespace winnow
