// SPDX-License-Identifier: Apache-2.0
// From a running process to the image below its root file system: its overlay's directories tell the engine's store.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "image/store/containerd.h"
#include "image/store/containers_storage.h"
#include "image/store/docker_store.h"
#include "image/store/overlay_mount.h"
#include "image/store/source.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/base/path.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

constexpr std::size_t kMaxMountinfo = std::size_t{64} << 20;

// Engines keep layers in directories of their own below one that is theirs:
//   Docker              ROOT/overlay2/NAME/diff
//   containers/storage  ROOT/overlay/NAME/diff
//   containerd          ROOT/io.containerd.snapshotter.v1.overlayfs/snapshots/NUMBER/fs
struct Place {
  std::string root;   // of the engine's store
  std::string kind;   // name of the directory that holds all layers
  std::string layer;  // name of the layer's own
};

// DIRECTORY is the diff or fs directory, or a short link to it, l/NAME.
Place place_of(const std::string& directory) {
  std::error_code ignored;
  const std::string real = std::filesystem::weakly_canonical(directory, ignored).string();
  const std::string_view own = parent_of(real);
  const std::string_view all = parent_of(own);
  return {std::string(parent_of(all)), std::string(base_name(all)), std::string(base_name(own))};
}

Result<StoredImage> from_containers_storage(const Place& top) {
  TRY(const auto image, image_of_container_layer(top.root, top.layer));
  if (!image)
    return fail("the store in " + printable(top.root) + " knows no container with the layer " + printable(top.layer));
  return locate_containers_storage(top.root, *image);
}

Result<StoredImage> from_snapshots(const OverlayMount& mount) {
  const Place top = place_of(mount.lower.back());
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(top.layer.data(), top.layer.data() + top.layer.size(), number);
  if (error != std::errc() || end != top.layer.data() + top.layer.size())
    return fail("containerd's snapshots have numbers: " + printable(top.layer));
  return locate_containerd_snapshot(std::string(parent_of(top.root)), number);
}

// Each lower directory has to be a layer of IMAGE where IMAGE's layers are directories too: the mount is what counts.
Result<void> check_layers(const OverlayMount& mount, const StoredImage& image) {
  std::vector<std::string> mounted;
  for (const std::string& directory : mount.lower) {
    const Place place = place_of(directory);
    if (!place.layer.ends_with("-init")) mounted.push_back(place.root + "/" + place.kind + "/" + place.layer + "/diff");
  }
  const auto same = [](const std::string& directory, const StoredLayer& layer) { return directory == layer.name; };
  if (std::ranges::equal(mounted, image.layers, same)) return {};
  return fail(fmt::format("the {} layers that are mounted are not the {} of the image that the engine names",
                          mounted.size(), image.layers.size()));
}

}  // namespace

Result<StoredImage> locate_pid(std::string_view pid) {
  const std::string path = "/proc/" + std::string(pid) + "/mountinfo";
  const auto text = read_file(path, kMaxMountinfo);
  if (!text) {
    Error error = text.error();
    error.hint = "is the process still running? pid: wants the host's number of a running process";
    return std::unexpected(error);
  }
  const auto mount = root_overlay(*text);
  if (!mount) return std::unexpected(mount.error().within(path));
  if (!*mount || (*mount)->lower.empty())
    return fail("the root of process " + printable(pid) + " is no overlay of image layers",
                "name the image by its engine or archive");
  // A process whose root is only read has no upper directory of its own.
  const Place top = place_of((*mount)->upper.empty() ? (*mount)->lower.back() : (*mount)->upper);
  if (top.kind == "snapshots") return from_snapshots(**mount);
  if (top.kind != "overlay2" && top.kind != "overlay")
    return fail(
        "the layers of process " + printable(pid) + " are in no engine's store: " + printable((*mount)->upper),
        "winnow knows Docker's overlay2, containers/storage and containerd's overlayfs; reading them needs root");
  auto image = top.kind == "overlay2" ? locate_docker_container(top.root, top.layer) : from_containers_storage(top);
  if (!image) return image;
  TRY_DO(check_layers(**mount, *image));
  return image;
}

}  // namespace winnow
