// SPDX-License-Identifier: Apache-2.0
// Looks an image up in images.json, follows its layers through layers.json, and reads each by its tar-split file.
#include "image/store/containers_storage.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <algorithm>
#include <map>

#include "image/store/json.h"
#include "image/store/tar_split.h"
#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/base/text.h"
#include "winnow/index/names.h"

namespace winnow {
namespace {

constexpr std::size_t kMinIdPrefix = 6;

struct StoreImage {
  std::string id, layer;
  std::vector<std::string> names;
};

struct StoreLayer {
  std::string parent;
  std::optional<Digest> diff_id;
};

Result<std::string> store_file(const std::string& path) { return read_regular_file(path, kMaxStoreFile); }

Result<std::vector<StoreImage>> read_images(const std::string& root) {
  const std::string path = root + "/overlay-images/images.json";
  const auto text = store_file(path);
  if (!text) {
    Error error = text.error();
    error.hint =
        "is the store elsewhere? containers-storage:[overlay@DIRECTORY]NAME says where; it needs the driver "
        "overlay, and often root";
    return std::unexpected(error);
  }
  return guarded(printable(path), [&] {
    std::vector<StoreImage> images;
    for (const Json document = parse_json(*text); const Json& image : list_of(document, "it"))
      images.push_back({string_of(image, "id"), string_of(image, "layer"), strings_of(image, "names")});
    return images;
  });
}

Result<std::map<std::string, StoreLayer>> read_layer_list(const std::string& root) {
  const std::string path = root + "/overlay-layers/layers.json";
  TRY(const auto text, store_file(path));
  return guarded(printable(path), [&] {
    std::map<std::string, StoreLayer> layers;
    for (const Json document = parse_json(text); const Json& layer : list_of(document, "it")) {
      const std::string diff_id = string_of(layer, "diff-digest");
      layers[string_of(layer, "id")] = {string_of(layer, "parent"),
                                        diff_id.empty() ? std::nullopt : std::optional(digest_of(diff_id))};
    }
    return layers;
  });
}

bool has_name(const StoreImage& image, std::string_view name) {
  if (name.size() >= kMinIdPrefix && image.id.starts_with(name)) return true;
  return std::ranges::any_of(image.names, [&](const std::string& known) {
    return full_name(known) == full_name(name) || full_name(known) == "localhost/" + full_name(name);
  });
}

Result<StoreImage> choose(const std::vector<StoreImage>& images, std::string_view name) {
  for (const StoreImage& image : images)
    if (has_name(image, name)) return image;
  std::string known;
  for (const StoreImage& image : images)
    for (const std::string& one : image.names) known += (known.empty() ? "" : ", ") + one;
  return fail("the store has no image " + printable(name) + "; there is: " + printable(known));
}

// Names and ids become parts of paths.
Result<void> check_id(std::string_view id) {
  const bool plain = !id.empty() && std::ranges::all_of(id, [](unsigned char c) { return std::isalnum(c) != 0; });
  return plain ? Result<void>() : fail("the store has an invalid id: " + printable(id));
}

// Big data stands under its key, or where that would not do as a file name under "=" and its base64.
Result<std::string> big_data(const std::string& root, const std::string& image, const std::string& key) {
  std::string encoded(key.size() * 2 + 4, '\0');
  const int n = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                                reinterpret_cast<const unsigned char*>(key.data()), static_cast<int>(key.size()));
  encoded.resize(static_cast<std::size_t>(n));
  return read_regular_file(root + "/overlay-images/" + image + "/=" + encoded, kMaxDocument);
}

Result<std::vector<StoredLayer>> stored_layers(const std::string& root, std::string top) {
  TRY(const auto known, read_layer_list(root));
  std::vector<StoredLayer> layers;
  for (std::string id = std::move(top); !id.empty();) {
    TRY_DO(check_id(id));
    const auto layer = known.find(id);
    if (layer == known.end()) return fail("the store has no layer " + id);
    if (layers.size() >= kMaxLayers) return fail("the store's layers lead to more than an image can have");
    const std::string split = fmt::format("{}/overlay-layers/{}.tar-split.gz", root, id);
    const std::string directory = fmt::format("{}/overlay/{}/diff", root, id);
    layers.push_back({directory, std::nullopt, 0, [split, directory] { return open_tar_split(split, directory); }});
    id = layer->second.parent;
  }
  std::ranges::reverse(layers);
  return layers;
}

// graphroot of storage.conf(5), or where it is by default.
std::string default_root() {
  if (::geteuid() == 0) {
    const auto text = read_regular_file("/etc/containers/storage.conf", kMaxDocument);
    for (const std::string_view line : lines(text ? std::string_view(*text) : "")) {
      const auto quote = line.find('"');
      if (line.starts_with("graphroot") && quote != std::string_view::npos)
        return std::string(line.substr(quote + 1, line.rfind('"') - quote - 1));
    }
    return "/var/lib/containers/storage";
  }
  if (const char* data = std::getenv("XDG_DATA_HOME"); data != nullptr && *data != '\0')
    return std::string(data) + "/containers/storage";
  const char* home = std::getenv("HOME");
  return std::string(home != nullptr ? home : "") + "/.local/share/containers/storage";
}

}  // namespace

Result<StoredImage> locate_containers_storage(const std::string& given_root, std::string_view name) {
  const std::string root = given_root.empty() ? default_root() : given_root;
  TRY(const auto images, read_images(root));
  TRY(const auto chosen, choose(images, name));
  TRY_DO(check_id(chosen.id));
  StoredImage image;
  auto config = big_data(root, chosen.id, "sha256:" + chosen.id);
  if (!config) return std::unexpected(config.error().within("the image config"));
  if (Digest::of(*config).hex() != chosen.id)
    return fail("the image config has digest " + Digest::of(*config).str() + ", the store says " + chosen.id);
  image.config_json = std::move(*config);
  image.names = chosen.names;
  TRY(image.layers, stored_layers(root, chosen.layer));
  return image;
}

Result<std::optional<std::string>> image_of_container_layer(const std::string& root, std::string_view layer) {
  const std::string path = root + "/overlay-containers/containers.json";
  TRY(const auto text, store_file(path));
  return guarded(printable(path), [&]() -> std::optional<std::string> {
    for (const Json document = parse_json(text); const Json& container : list_of(document, "it"))
      if (string_of(container, "layer") == layer) return string_of(container, "image");
    return std::nullopt;
  });
}

}  // namespace winnow
