// SPDX-License-Identifier: Apache-2.0
// Reads and writes the JSON documents of images: docker-archive manifests (moby image/tarexport), OCI index, manifest
// and config (OCI image-spec).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/index/index.h"

namespace winnow {

// One image of a docker-archive's manifest.json.
struct DockerImage {
  std::string config;
  std::vector<std::string> repo_tags, layers;
};
Result<std::vector<DockerImage>> read_docker_manifest(std::string_view text);

// The path of a blob in an OCI layout.
inline std::string blob_name(const Digest& digest) { return "blobs/sha256/" + digest.hex(); }

struct Descriptor {
  std::string media_type;
  Digest digest;
  std::uint64_t size = 0;
  std::string os, architecture, variant = {};  // of the platform; empty if they are missing
  std::string ref_name;                        // org.opencontainers.image.ref.name
  std::string image_name;                      // io.containerd.image.name
};
// An OCI index, which has MANIFESTS, or an OCI manifest, which has CONFIG and LAYERS; or Docker's equivalents.
struct OciDocument {
  std::vector<Descriptor> manifests;
  std::optional<Descriptor> config;
  std::vector<Descriptor> layers;
};
Result<OciDocument> read_oci_document(std::string_view text);

struct ConfigDocument {
  RuntimeConfig runtime;
  std::string variant;  // of the architecture; may be empty
  std::vector<Digest> diff_ids;
  std::vector<std::string> created_by;  // from the history: the steps that made a layer, in order
};
Result<ConfigDocument> read_config(std::string_view text);

// Returns the chain ID of the layer DIFF_ID, which names it together with all layers below it (OCI image-spec
// config.md): the digest of "BELOW DIFF_ID". BELOW is the chain ID of the layer below; if it is not valid, this is the
// lowest layer, whose chain ID is its diff ID.
Digest next_chain_id(const Digest& below, const Digest& diff_id);

inline constexpr std::string_view kOciLayout = R"({"imageLayoutVersion":"1.0.0"})";
Result<std::string> write_docker_manifest(const DockerImage& image);
// Returns a manifest. MEDIA_TYPE is OCI's or that of Docker's schema 2.
Result<std::string> write_manifest(const std::string& media_type, const Descriptor& config,
                                   std::span<const Descriptor> layers,
                                   const std::map<std::string, std::string>& annotations);
// Returns INDEX, the text of an index.json or nullopt, with MANIFEST added. A manifest with the same name is removed.
Result<std::string> write_oci_index(const std::optional<std::string>& index, const Descriptor& manifest);

}  // namespace winnow
