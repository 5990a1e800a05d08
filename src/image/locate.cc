// SPDX-License-Identifier: Apache-2.0
// Choosing an image of a docker-archive or an OCI layout, and checking manifest and config against their digests.
#include "image/locate.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/utsname.h>

#include <algorithm>

#include "image/documents.h"
#include "image/limits.h"

namespace winnow {
namespace {

constexpr int kMaxNesting = 4;  // indexes within indexes
constexpr std::string_view kHint = "name one of them after the path: FILE:TAG";

std::string blob_name(const Digest& digest) { return "blobs/sha256/" + digest.hex(); }

// GOARCH names of uname(2)'s machines.
std::string host_architecture() {
  struct utsname host{};
  if (::uname(&host) != 0) return {};
  std::string machine = host.machine;
  if (machine == "x86_64") return "amd64";
  if (machine == "aarch64") return "arm64";
  return machine;
}

// "app" is "docker.io/library/app:latest" (distribution reference normalisation).
std::string full_name(std::string name) {
  for (const std::string_view prefix : {"docker.io/", "library/"})
    if (name.starts_with(prefix)) name.erase(0, prefix.size());
  return name.find(':', name.rfind('/') + 1) == std::string::npos ? name + ":latest" : name;
}

Result<std::string> checked_document(const BlobStore& store, const std::string& name,
                                     const std::optional<Digest>& digest) {
  auto text = store.document(name);
  if (!text) return std::unexpected(text.error());
  if (!*text) return fail(printable(name) + " is missing");
  if (const Digest found = Digest::of(**text); digest && found != *digest)
    return fail(fmt::format("{} has digest {}", printable(name), found.str()));
  return std::move(**text);
}

// Docker names configs "<hex>.json" and blobs "blobs/sha256/<hex>"; other writers need not.
std::optional<Digest> digest_in_name(std::string_view name, std::string_view suffix) {
  name = name_of(name);
  if (!name.ends_with(suffix)) return std::nullopt;
  const auto digest = Digest::parse("sha256:" + std::string(name.substr(0, name.size() - suffix.size())));
  return digest ? std::optional(*digest) : std::nullopt;
}

Result<DockerImage> choose(std::vector<DockerImage> images, std::string_view tag) {
  std::vector<std::string> known;
  for (DockerImage& image : images) {
    known.insert(known.end(), image.repo_tags.begin(), image.repo_tags.end());
    const auto matches = [&](const std::string& name) { return full_name(name) == full_name(std::string(tag)); };
    if (tag.empty() ? images.size() == 1 : std::ranges::any_of(image.repo_tags, matches)) return std::move(image);
  }
  const std::string found = printable(fmt::format("{}", fmt::join(known, ", ")));
  if (tag.empty()) return fail(fmt::format("it holds {} images: {}", images.size(), found), std::string(kHint));
  return fail(fmt::format("no image is named {}; there is: {}", printable(tag), found), std::string(kHint));
}

Result<StoredImage> locate_docker(std::string_view manifest, std::string_view tag) {
  auto images = read_docker_manifest(manifest);
  if (!images) return std::unexpected(images.error());
  auto chosen = choose(std::move(*images), tag);
  if (!chosen) return std::unexpected(chosen.error());
  StoredImage image;
  auto id = digest_in_name(chosen->config, ".json");
  if (!id) id = digest_in_name(chosen->config, "");
  image.config = {chosen->config, id};
  for (const std::string& layer : chosen->layers) {
    const bool blob = layer.starts_with("blobs/sha256/");
    image.layers.push_back({layer, blob ? digest_in_name(layer, "") : std::nullopt});
  }
  image.names = std::move(chosen->repo_tags);
  return image;
}

Result<Descriptor> choose(const std::vector<Descriptor>& manifests, std::string_view tag) {
  std::vector<Descriptor> named;
  std::vector<std::string> known;
  for (const Descriptor& manifest : manifests) {
    if (!manifest.ref_name.empty()) known.push_back(manifest.ref_name);
    if (tag.empty() || manifest.ref_name == tag || manifest.image_name == tag) named.push_back(manifest);
  }
  const std::string found = printable(fmt::format("{}", fmt::join(known, ", ")));
  if (named.empty())
    return fail(tag.empty() ? "it holds no image"
                            : fmt::format("no image is tagged {}; there is: {}", printable(tag), found));
  if (named.size() == 1) return named.front();
  const std::string architecture = host_architecture();
  const auto foreign = [&](const Descriptor& m) { return m.os != "linux" || m.architecture != architecture; };
  const bool platforms = std::ranges::any_of(named, [](const Descriptor& m) { return !m.os.empty(); });
  std::erase_if(named, foreign);
  if (named.size() == 1) return named.front();
  if (platforms) return fail(fmt::format("{} images are for linux/{}", named.size(), architecture));
  return fail(fmt::format("it holds {} images: {}", manifests.size(), found), std::string(kHint));
}

// Layers are tars, maybe compressed; encrypted and unknown ones cannot be read.
bool is_layer_type(std::string_view type) {
  const bool tar = type.ends_with("tar") || type.ends_with("tar+gzip") || type.ends_with("tar+zstd") ||
                   type.ends_with("tar.gzip") || type.ends_with("tar.zstd");
  return tar && (type.starts_with("application/vnd.oci.image.layer.") ||
                 type.starts_with("application/vnd.docker.image.rootfs."));
}

Result<StoredBlob> stored_blob(const BlobStore& store, const Descriptor& descriptor) {
  StoredBlob blob{blob_name(descriptor.digest), descriptor.digest};
  const auto range = store.open(blob.name);
  if (!range) return std::unexpected(range.error());
  if (range->size() != descriptor.size)
    return fail(fmt::format("{} has {} bytes, its descriptor says {}", blob.name, range->size(), descriptor.size));
  return blob;
}

Result<StoredImage> locate_oci(const BlobStore& store, std::string text, std::string_view tag) {
  StoredImage image;
  for (int nesting = 0;; ++nesting) {
    auto document = read_oci_document(text);
    if (!document) return std::unexpected(document.error());
    if (document->config) {
      auto config = stored_blob(store, *document->config);
      if (!config) return std::unexpected(config.error());
      image.config = std::move(*config);
      for (const Descriptor& layer : document->layers) {
        if (!is_layer_type(layer.media_type))
          return fail(
              fmt::format("layer {} has the unknown media type {}", layer.digest.str(), printable(layer.media_type)));
        auto blob = stored_blob(store, layer);
        if (!blob) return std::unexpected(blob.error().within(fmt::format("layer {}", image.layers.size() + 1)));
        image.layers.push_back(std::move(*blob));
      }
      return image;
    }
    if (nesting > kMaxNesting) return fail("indexes are nested too deeply");
    const auto chosen = choose(document->manifests, nesting == 0 ? tag : std::string_view());
    if (!chosen) return std::unexpected(chosen.error());
    for (const std::string& name : {chosen->image_name, chosen->ref_name})
      if (!name.empty() && image.names.empty()) image.names.push_back(name);
    const auto blob = stored_blob(store, *chosen);
    if (!blob) return std::unexpected(blob.error());
    auto next = checked_document(store, blob->name, blob->digest);
    if (!next) return std::unexpected(next.error());
    text = std::move(*next);
  }
}

}  // namespace

Result<StoredImage> locate_image(const BlobStore& store, std::string_view tag, bool prefer_docker) {
  auto docker = store.document("manifest.json");
  if (!docker) return std::unexpected(docker.error());
  auto oci = store.document("index.json");
  if (!oci) return std::unexpected(oci.error());
  if (!*docker && !*oci)
    return fail("neither manifest.json nor index.json is there", "is it a whole image archive or layout?");
  const bool as_docker = *docker && (prefer_docker || !*oci);
  auto image = as_docker ? locate_docker(**docker, tag) : locate_oci(store, std::move(**oci), tag);
  if (!image) return image;
  if (image->layers.size() > kMaxLayers)
    return fail(fmt::format("{} layers, {} are allowed", image->layers.size(), kMaxLayers));
  auto config = checked_document(store, image->config.name, image->config.digest);
  if (!config) return std::unexpected(config.error().within("the image config"));
  image->config_json = std::move(*config);
  return image;
}

}  // namespace winnow
