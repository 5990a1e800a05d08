// SPDX-License-Identifier: Apache-2.0
// Fuzz target: /proc/PID/mountinfo, and the overlay that it may tell of.
#include "image/limits.h"
#include "image/store/overlay_mount.h"
#include "target.h"
#include "winnow/base/mounts.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace winnow;
  const std::string_view text = test::text_of(data, size);
  const auto mounts = parse_mountinfo(text);
  for (const Mount& mount : mounts) {
    test::require(mount.point.size() <= size && mount.options.size() <= size);
    const Mount* const found = mount_of(mounts, mount.point);
    test::require(found != nullptr && found->point.size() >= 1);
  }
  if (const auto overlay = root_overlay(text); overlay && *overlay)
    test::require((*overlay)->lower.size() <= kMaxLayers);
  return 0;
}
