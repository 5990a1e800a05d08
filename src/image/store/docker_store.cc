// SPDX-License-Identifier: Apache-2.0
// From a container's mount to its image id, from the image's diff IDs to its layers' directories and tar-split files.
#include "image/store/docker_store.h"

#include <filesystem>

#include "image/store/documents.h"
#include "image/store/json.h"
#include "image/store/tar_split.h"
#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kDatabase = "/image/overlay2/";

// layerdb/mounts/CONTAINER/mount-id holds the name of the container's directory below overlay2.
Result<std::string> container_of(const std::string& root, const std::string& upper) {
  const std::string mounts = root + std::string(kDatabase) + "layerdb/mounts";
  std::error_code error;
  for (fs::directory_iterator at(mounts, error), end; !error && at != end; at.increment(error)) {
    const auto id = read_regular_file(at->path().string() + "/mount-id", 4096);
    if (id && *id == upper) return at->path().filename().string();
  }
  if (error) return fail("reading " + printable(mounts) + ": " + error.message());
  return fail("Docker knows no container whose files are in " + printable(root + "/overlay2/" + upper));
}

Result<Digest> image_of(const std::string& root, const std::string& container) {
  const std::string path = root + "/containers/" + container + "/config.v2.json";
  const auto text = read_regular_file(path, kMaxDocument);
  if (!text) return std::unexpected(text.error());
  return guarded(printable(path), [&] { return digest_of(string_of(parse_json(*text), "Image")); });
}

Result<StoredLayer> stored_layer(const std::string& root, const Digest& chain, const Digest& diff_id) {
  const std::string entry = root + std::string(kDatabase) + "layerdb/sha256/" + chain.hex();
  const auto known = read_regular_file(entry + "/diff", 4096);
  if (!known) return std::unexpected(known.error());
  if (*known != diff_id.str()) return fail("Docker's layer " + chain.str() + " has the diff ID " + printable(*known));
  const auto cache_id = read_regular_file(entry + "/cache-id", 4096);
  if (!cache_id) return std::unexpected(cache_id.error());
  if (cache_id->empty() || cache_id->find_first_of("./") != std::string::npos)
    return fail("Docker's layer " + chain.str() + " has no directory: " + printable(*cache_id));
  const std::string split = entry + "/tar-split.json.gz";
  const std::string directory = root + "/overlay2/" + *cache_id + "/diff";
  return StoredLayer{directory, std::nullopt, 0, [split, directory] { return open_tar_split(split, directory); }};
}

}  // namespace

Result<StoredImage> locate_docker_container(const std::string& root, const std::string& upper) {
  const auto container = container_of(root, upper);
  if (!container) return std::unexpected(container.error());
  const auto id = image_of(root, *container);
  if (!id) return std::unexpected(id.error());
  StoredImage image;
  auto config = read_regular_file(root + std::string(kDatabase) + "imagedb/content/sha256/" + id->hex(), kMaxDocument);
  if (!config) return std::unexpected(config.error());
  if (Digest::of(*config) != *id) return fail("the image config has digest " + Digest::of(*config).str());
  const auto read = read_config(*config);
  if (!read) return std::unexpected(read.error());
  image.config_json = std::move(*config);
  Digest chain;
  for (const Digest& diff_id : read->diff_ids) {
    chain = next_chain_id(chain, diff_id);
    auto layer = stored_layer(root, chain, diff_id);
    if (!layer) return std::unexpected(layer.error());
    image.layers.push_back(std::move(*layer));
  }
  return image;
}

}  // namespace winnow
