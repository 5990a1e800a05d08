// SPDX-License-Identifier: Apache-2.0
// An image wherever it is stored: its config, and for each layer a way to read its tar. One function for each
// transport.
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
  std::optional<Digest> digest;  // what the blob must have as it is stored, where the format says so
  std::uint64_t size = 0;        // bytes of the blob as it is stored; 0: it is not stored as one
  std::function<Result<std::unique_ptr<ByteReader>>()> open;  // called by several threads
};
struct StoredImage {
  std::string config_json;          // checked against its digest
  std::vector<StoredLayer> layers;  // the lowest first
  std::vector<std::string> names;
  Digest manifest;  // see Index
};

// Which of several platforms is wanted: GOOS, GOARCH and variant, as OCI image-spec image-index.md has them.
struct Platform {
  std::string os, architecture, variant;
  // Empty TEXT: the machine's own.
  static Result<Platform> parse(std::string_view text);
  [[nodiscard]] std::string str() const;
};

// Those of OFFERED that serve WANTED equally well, and better than the others. The variant that was asked for comes
// first; then the nearest one below it, as processors run what is for lesser ones (containerd's platforms/compare.go).
// Where none was asked for, the architecture's first is meant, or else any.
std::vector<std::size_t> best_platforms(const std::vector<Platform>& offered, const Platform& wanted);

// A docker-archive or OCI layout in STORE. TAG chooses one of several images. Formats are told apart by what the store
// holds: manifest.json (docker-archive; also what newer Docker adds to its OCI layout) when PREFER_DOCKER, else
// index.json first.
Result<StoredImage> locate_image(const std::shared_ptr<const BlobStore>& store, std::string_view tag,
                                 bool prefer_docker, const Platform& platform);
// The image that the index or manifest TARGET leads to, among the blobs of STORE.
Result<StoredImage> locate_target(const std::shared_ptr<const BlobStore>& store, const Digest& target,
                                  const Platform& platform);
Result<StoredImage> locate_containers_storage(const std::string& root, std::string_view name);
Result<StoredImage> locate_containerd(const std::string& root, std::string_view name, const Platform& platform);
Result<StoredImage> locate_pid(std::string_view pid);

}  // namespace winnow
