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
  TRY(const auto text, read_regular_file(path, kMaxDocument));
  return guarded(printable(path), [&] { return digest_of(string_of(parse_json(text), "Image")); });
}

Result<StoredLayer> stored_layer(const std::string& root, const Digest& chain, const Digest& diff_id) {
  const std::string entry = root + std::string(kDatabase) + "layerdb/sha256/" + chain.hex();
  TRY(const auto known, read_regular_file(entry + "/diff", 4096));
  if (known != diff_id.str()) return fail("Docker's layer " + chain.str() + " has the diff ID " + printable(known));
  TRY(const auto cache_id, read_regular_file(entry + "/cache-id", 4096));
  if (cache_id.empty() || cache_id.find_first_of("./") != std::string::npos)
    return fail("Docker's layer " + chain.str() + " has no directory: " + printable(cache_id));
  const std::string split = entry + "/tar-split.json.gz";
  const std::string directory = root + "/overlay2/" + cache_id + "/diff";
  return StoredLayer{directory, std::nullopt, 0, [split, directory] { return open_tar_split(split, directory); }};
}

}  // namespace

Result<StoredImage> locate_docker_container(const std::string& root, const std::string& upper) {
  TRY(const auto container, container_of(root, upper));
  TRY(const auto id, image_of(root, container));
  StoredImage image;
  TRY(auto config,
      read_regular_file(root + std::string(kDatabase) + "imagedb/content/sha256/" + id.hex(), kMaxDocument));
  if (Digest::of(config) != id) return fail("the image config has digest " + Digest::of(config).str());
  TRY(const auto read, read_config(config));
  image.config_json = std::move(config);
  Digest chain;
  for (const Digest& diff_id : read.diff_ids) {
    chain = next_chain_id(chain, diff_id);
    TRY(auto layer, stored_layer(root, chain, diff_id));
    image.layers.push_back(std::move(layer));
  }
  return image;
}

}  // namespace winnow
