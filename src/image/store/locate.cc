// SPDX-License-Identifier: Apache-2.0
// Choosing an image of a docker-archive or an OCI layout, and checking manifest and config against their digests.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "image/limits.h"
#include "image/store/documents.h"
#include "image/store/source.h"
#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/base/text.h"
#include "winnow/index/names.h"

namespace winnow {
namespace {

using Store = std::shared_ptr<const BlobStore>;

constexpr int kMaxNesting = 4;  // indexes within indexes
constexpr std::string_view kNameOne = "name one of them after the path: PATH:TAG";

Result<std::string> checked_document(const BlobStore& store, const std::string& name,
                                     const std::optional<Digest>& digest) {
  TRY(auto text, store.document(name));
  if (!text) return fail(printable(name) + " is missing");
  if (const Digest found = Digest::of(*text); digest && found != *digest)
    return fail(fmt::format("{} has digest {}", printable(name), found.str()));
  return std::move(*text);
}

// Docker names configs "<hex>.json" and blobs "blobs/sha256/<hex>"; other writers need not.
std::optional<Digest> digest_in_name(std::string_view name, std::string_view suffix) {
  name = base_name(name);
  if (!name.ends_with(suffix)) return std::nullopt;
  const auto digest = Digest::parse("sha256:" + std::string(name.substr(0, name.size() - suffix.size())));
  return digest ? std::optional(*digest) : std::nullopt;
}

Result<StoredLayer> stored_layer(const Store& store, const std::string& name, std::optional<Digest> digest) {
  TRY(const auto range, store->open(name));
  return StoredLayer{name, digest, range.size(), [store, name]() -> Result<std::unique_ptr<ByteReader>> {
                       TRY(const auto opened, store->open(name));
                       return opened.reader();
                     }};
}

Result<void> check_layers(std::size_t count) {
  if (count <= kMaxLayers) return {};
  return fail(fmt::format("{} layers, {} are allowed", count, kMaxLayers));
}

Result<DockerImage> choose(std::vector<DockerImage> images, std::string_view tag) {
  std::vector<std::string> known;
  for (DockerImage& image : images) {
    known.insert(known.end(), image.repo_tags.begin(), image.repo_tags.end());
    const auto matches = [&](const std::string& name) { return full_name(name) == full_name(tag); };
    if (tag.empty() ? images.size() == 1 : std::ranges::any_of(image.repo_tags, matches)) return std::move(image);
  }
  const std::string found = printable(fmt::format("{}", fmt::join(known, ", ")));
  if (tag.empty()) return fail(fmt::format("it holds {} images: {}", images.size(), found), std::string(kNameOne));
  return fail(fmt::format("no image is named {}; there is: {}", printable(tag), found), std::string(kNameOne));
}

Result<StoredImage> locate_docker(const Store& store, std::string_view manifest, std::string_view tag) {
  TRY(auto images, read_docker_manifest(manifest));
  TRY(auto chosen, choose(std::move(images), tag));
  TRY_DO(check_layers(chosen.layers.size()));
  StoredImage image;
  auto id = digest_in_name(chosen.config, ".json");
  if (!id) id = digest_in_name(chosen.config, "");
  auto config = checked_document(*store, chosen.config, id);
  if (!config) return std::unexpected(config.error().within("the image config"));
  image.config_json = std::move(*config);
  for (const std::string& name : chosen.layers) {
    const bool blob = name.starts_with("blobs/sha256/");
    auto layer = stored_layer(store, name, blob ? digest_in_name(name, "") : std::nullopt);
    if (!layer) return std::unexpected(layer.error().within(fmt::format("layer {}", image.layers.size() + 1)));
    image.layers.push_back(std::move(*layer));
  }
  image.names = std::move(chosen.repo_tags);
  return image;
}

// An image that one or several descriptors of an index name.
struct ImageOfIndex {
  Descriptor manifest;             // the first descriptor that says a platform, else the first one
  std::vector<std::string> names;  // each once
};

// MANIFESTS, each digest once: writers list an image again for each of its names, and with and without its platform.
std::vector<ImageOfIndex> by_digest(const std::vector<Descriptor>& manifests) {
  std::vector<ImageOfIndex> images;
  std::map<Digest, std::size_t> known;
  for (const Descriptor& manifest : manifests) {
    const auto [at, is_new] = known.try_emplace(manifest.digest, images.size());
    if (is_new) images.push_back({manifest, {}});
    ImageOfIndex& image = images[at->second];
    if (image.manifest.os.empty() && !manifest.os.empty()) image.manifest = manifest;
    const std::string& name = manifest.image_name.empty() ? manifest.ref_name : manifest.image_name;
    if (!name.empty() && std::ranges::find(image.names, name) == image.names.end()) image.names.push_back(name);
  }
  return images;
}

// The one of MANIFESTS that serves PLATFORM best: BuildKit's attestations, for unknown/unknown, serve none.
Result<ImageOfIndex> choose(const std::vector<Descriptor>& manifests, std::string_view tag, const Platform& platform) {
  std::set<Digest> tagged;
  std::vector<std::string> known;
  for (const Descriptor& manifest : manifests) {
    if (!manifest.ref_name.empty()) known.push_back(manifest.ref_name);
    if (tag.empty() || manifest.ref_name == tag || manifest.image_name == tag) tagged.insert(manifest.digest);
  }
  const std::string found = printable(fmt::format("{}", fmt::join(known, ", ")));
  std::vector<ImageOfIndex> named = by_digest(manifests);
  std::erase_if(named, [&](const ImageOfIndex& image) { return !tagged.contains(image.manifest.digest); });
  if (named.empty())
    return fail(tag.empty() ? "it holds no image"
                            : fmt::format("no image is tagged {}; there is: {}", printable(tag), found));
  if (named.size() == 1) return std::move(named.front());
  std::erase_if(named, [](const ImageOfIndex& image) { return image.manifest.os == "unknown"; });
  if (named.size() == 1) return std::move(named.front());
  std::vector<std::string> platforms;
  std::vector<Platform> offered;
  for (const ImageOfIndex& image : named) {
    offered.push_back({image.manifest.os, image.manifest.architecture, image.manifest.variant});
    if (!image.manifest.os.empty()) platforms.push_back(offered.back().str());
  }
  const std::vector<std::size_t> best = best_platforms(offered, platform);
  if (best.size() == 1) return std::move(named[best.front()]);
  if (!platforms.empty())
    return fail(fmt::format("{} images are for {}; there is: {}", best.size(), platform.str(),
                            printable(fmt::format("{}", fmt::join(platforms, ", ")))),
                "choose one with --platform OS/ARCHITECTURE[/VARIANT]");
  return fail(fmt::format("it holds {} images: {}", named.size(), found), std::string(kNameOne));
}

// Layers are tars, maybe compressed; encrypted and unknown ones cannot be read.
bool is_layer_type(std::string_view type) {
  const bool tar = type.ends_with("tar") || type.ends_with("tar+gzip") || type.ends_with("tar+zstd") ||
                   type.ends_with("tar.gzip") || type.ends_with("tar.zstd");
  return tar && (type.starts_with("application/vnd.oci.image.layer.") ||
                 type.starts_with("application/vnd.docker.image.rootfs."));
}

Result<void> check_size(const BlobStore& store, const Descriptor& descriptor) {
  TRY(const auto range, store.open(blob_name(descriptor.digest)));
  if (range.size() == descriptor.size) return {};
  return fail(fmt::format("{} has {} bytes, its descriptor says {}", blob_name(descriptor.digest), range.size(),
                          descriptor.size));
}

Result<StoredImage> of_manifest(const Store& store, const OciDocument& manifest) {
  StoredImage image;
  TRY_DO(check_size(*store, *manifest.config));
  TRY_DO(check_layers(manifest.layers.size()));
  for (const Descriptor& described : manifest.layers) {
    if (!is_layer_type(described.media_type))
      return fail(fmt::format("layer {} has the unknown media type {}", described.digest.str(),
                              printable(described.media_type)));
    const auto sized = check_size(*store, described);
    auto layer =
        sized ? stored_layer(store, blob_name(described.digest), described.digest) : std::unexpected(sized.error());
    if (!layer) return std::unexpected(layer.error().within(fmt::format("layer {}", image.layers.size() + 1)));
    image.layers.push_back(std::move(*layer));
  }
  auto config = checked_document(*store, blob_name(manifest.config->digest), manifest.config->digest);
  if (!config) return std::unexpected(config.error().within("the image config"));
  image.config_json = std::move(*config);
  return image;
}

// From the text of an index or manifest down to one image.
Result<StoredImage> locate_oci(const Store& store, std::string text, std::string_view tag, const Platform& platform,
                               Digest target = {}) {
  std::vector<std::string> names;
  for (int nesting = 0; nesting <= kMaxNesting; ++nesting) {
    TRY(auto document, read_oci_document(text));
    if (document.config) {
      auto image = of_manifest(store, document);
      if (image) image->names = std::move(names);
      if (image) image->manifest = target;
      return image;
    }
    TRY(auto chosen, choose(document.manifests, nesting == 0 ? tag : std::string_view(), platform));
    const Descriptor& manifest = chosen.manifest;
    if (names.empty()) names = std::move(chosen.names);
    if (!target.valid()) target = manifest.digest;
    TRY_DO(check_size(*store, manifest));
    TRY(text, checked_document(*store, blob_name(manifest.digest), manifest.digest));
  }
  return fail("indexes are nested too deeply");
}

}  // namespace

Result<StoredImage> locate_image(const Store& store, std::string_view tag, bool prefer_docker,
                                 const Platform& platform) {
  TRY(auto docker, store->document("manifest.json"));
  TRY(auto oci, store->document("index.json"));
  if (!docker && !oci)
    return fail("neither manifest.json nor index.json is there", "is it a whole image archive or layout?");
  if (!docker || (oci && !prefer_docker)) return locate_oci(store, std::move(*oci), tag, platform);
  auto image = locate_docker(store, *docker, tag);
  if (!image || !oci) return image;
  // Docker 25 and later write both; only the index tells the digest that an engine may know the image by.
  if (const auto same = locate_oci(store, std::move(*oci), {}, platform);
      same && same->config_json == image->config_json)
    image->manifest = same->manifest;
  return image;
}

Result<StoredImage> locate_target(const Store& store, const Digest& target, const Platform& platform) {
  TRY(auto text, checked_document(*store, blob_name(target), target));
  return locate_oci(store, std::move(text), {}, platform, target);
}

}  // namespace winnow
