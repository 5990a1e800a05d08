// SPDX-License-Identifier: Apache-2.0
// Finds one image in a store: which blobs are its config and its layers, whatever the format.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "image/blobs.h"

namespace winnow {

struct StoredBlob {
  std::string name;              // in the store
  std::optional<Digest> digest;  // what it must have, as stored, where the format says so
};
struct StoredImage {
  StoredBlob config;
  std::string config_json;         // checked against its digest
  std::vector<StoredBlob> layers;  // the lowest first
  std::vector<std::string> names;
};

// TAG chooses one of several images. Formats are told apart by what the store holds: manifest.json (docker-archive;
// also what newer Docker adds to its OCI layout) when PREFER_DOCKER, else index.json first. Of several platforms the
// host's.
Result<StoredImage> locate_image(const BlobStore& store, std::string_view tag, bool prefer_docker);

}  // namespace winnow
