// SPDX-License-Identifier: Apache-2.0
// The JSON documents of images, read and written: docker-archive manifests (moby image/tarexport), OCI index, manifest
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

// Where image layouts keep a blob.
inline std::string blob_name(const Digest& digest) { return "blobs/sha256/" + digest.hex(); }

struct Descriptor {
  std::string media_type;
  Digest digest;
  std::uint64_t size = 0;
  std::string os, architecture, variant = {};  // of the platform; empty when it is not said
  std::string ref_name;                        // org.opencontainers.image.ref.name
  std::string image_name;                      // io.containerd.image.name
};
// An OCI index or manifest, or Docker's equivalents: one has manifests, the other config and layers.
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
  std::vector<std::string> created_by;  // of the steps that made a layer, in order
};
Result<ConfigDocument> read_config(std::string_view text);

// Names a layer with all below it (OCI image-spec config.md): of the lowest its diff ID, else the digest of
// "BELOW DIFF_ID". BELOW is not valid for the lowest.
Digest next_chain_id(const Digest& below, const Digest& diff_id);

inline constexpr std::string_view kOciLayout = R"({"imageLayoutVersion":"1.0.0"})";
Result<std::string> write_docker_manifest(const DockerImage& image);
// A manifest of MEDIA_TYPE, OCI's or that of Docker's schema 2.
Result<std::string> write_manifest(const std::string& media_type, const Descriptor& config,
                                   std::span<const Descriptor> layers,
                                   const std::map<std::string, std::string>& annotations);
// INDEX (the text of an index.json, or nothing) with MANIFEST added; one of the same name makes way.
Result<std::string> write_oci_index(const std::optional<std::string>& index, const Descriptor& manifest);

}  // namespace winnow
