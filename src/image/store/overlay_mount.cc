// SPDX-License-Identifier: Apache-2.0
// Options of overlay mounts: lowerdir=TOP:...:BOTTOM, or one lowerdir+= for each layer, the top first.
#include "image/store/overlay_mount.h"

#include <algorithm>

#include "image/limits.h"
#include "winnow/base/error.h"
#include "winnow/base/mounts.h"
#include "winnow/base/path.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

// LIST up to a colon; both are taken off LIST. A backslash takes away the meaning of what comes next
// (ovl_split_lowerdirs in fs/overlayfs/params.c).
std::string next_directory(std::string_view& list) {
  std::string directory;
  std::size_t i = 0;
  for (; i < list.size() && list[i] != ':'; ++i) {
    if (list[i] == '\\' && i + 1 < list.size()) ++i;
    directory += list[i];
  }
  list.remove_prefix(std::min(i + 1, list.size()));
  return directory;
}

// Engines with many layers give them relative to the directory that holds all layers, two above the upper one.
std::string absolute(const std::string& directory, const std::string& upper) {
  if (directory.starts_with('/') || !upper.starts_with('/')) return directory;
  return std::string(parent_of(parent_of(upper))) + "/" + directory;
}

// A comma within a value is an octal escape, like a space (seq_show_option in include/linux/seq_file.h).
Result<OverlayMount> read_options(std::string_view options) {
  OverlayMount mount;
  for (std::string_view option : split(options, ',')) {
    const std::string_view name = take_until(option, '=');
    const std::string value = unescape_mount(option);
    std::string_view rest = value;
    if (name == "upperdir") mount.upper = next_directory(rest);
    if (name == "lowerdir+") mount.lower.push_back(value);
    if (name != "lowerdir") continue;
    while (!rest.empty() && mount.lower.size() <= kMaxLayers) {
      std::string directory = next_directory(rest);
      if (directory.empty()) break;  // "::" begins layers that hold data only
      mount.lower.push_back(std::move(directory));
    }
  }
  if (mount.lower.size() > kMaxLayers) return fail("an overlay of more layers than an image can have");
  for (std::string& directory : mount.lower) directory = absolute(directory, mount.upper);
  std::ranges::reverse(mount.lower);
  return mount;
}

}  // namespace

Result<std::optional<OverlayMount>> root_overlay(std::string_view mountinfo) {
  const std::vector<Mount> mounts = parse_mountinfo(mountinfo);
  const auto root = std::ranges::find(mounts.rbegin(), mounts.rend(), "/", &Mount::point);  // the last one is on top
  if (root == mounts.rend() || root->type != "overlay") return std::nullopt;
  TRY(auto mount, read_options(root->options));
  return mount;
}

}  // namespace winnow
