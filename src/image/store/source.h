// SPDX-License-Identifier: Apache-2.0
// Finds an image where it is stored: its config, and for each layer a way to read its tar. Each transport has a
// function.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "image/store/blobs.h"
#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/image/image.h"

namespace winnow {

struct StoredLayer {
  std::string name;              // for people: where it is
  std::optional<Digest> digest;  // that the blob must have as it is stored; nullopt: the format does not say
  std::uint64_t size = 0;        // bytes of the blob as it is stored; 0: it is not stored as a blob
  std::function<Result<std::unique_ptr<ByteReader>>()> open;  // called by several threads
};
struct StoredImage {
  std::string config_json;          // checked against its digest
  std::vector<StoredLayer> layers;  // the lowest first
  std::vector<std::string> names;
  Digest manifest;  // see Index::manifest
};

// A platform: GOOS, GOARCH and variant, as in OCI image-spec image-index.md.
struct Platform {
  std::string os, architecture, variant;
  // TEXT is "linux/arm64" or "linux/arm/v7"; empty: this machine's platform.
  static Result<Platform> parse(std::string_view text);
  [[nodiscard]] std::string str() const;
};

// Returns the indexes of those of OFFERED that are best for WANTED; they are equally good. The wanted variant is best,
// then the nearest one below it, since a processor runs programs for lesser variants (containerd's
// platforms/compare.go). If no variant is wanted, the first one of the architecture is best, then any other.
std::vector<std::size_t> best_platforms(const std::vector<Platform>& offered, const Platform& wanted);

// Finds the image of a docker-archive or OCI layout in STORE. TAG chooses one of several images. The files in STORE
// decide which format it is: with PREFER_DOCKER, manifest.json (of a docker-archive; newer Dockers add it to an OCI
// layout, too) goes before index.json; else index.json goes first.
Result<StoredImage> locate_image(const std::shared_ptr<const BlobStore>& store, std::string_view tag,
                                 bool prefer_docker, const Platform& platform);
// Finds the image of TARGET, an index or manifest among the blobs of STORE.
Result<StoredImage> locate_target(const std::shared_ptr<const BlobStore>& store, const Digest& target,
                                  const Platform& platform);
Result<StoredImage> locate_containers_storage(const std::string& root, std::string_view name);
Result<StoredImage> locate_containerd(const std::string& root, std::string_view name, const Platform& platform);
Result<StoredImage> locate_pid(std::string_view pid);

}  // namespace winnow
