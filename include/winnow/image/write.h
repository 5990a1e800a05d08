// SPDX-License-Identifier: Apache-2.0
// Writes images: layers with content from another image, and the files that hold them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/image/image.h"
#include "winnow/index/draft.h"

namespace winnow {

// A new layer: an uncompressed tar in a file without a name.
struct NewLayer {
  Fd tar;
  Digest diff_id;          // of the tar
  std::uint64_t size = 0;  // bytes of the tar
};
// Writes a layer that holds exactly what DRAFT says, with all metadata; content comes from SOURCE's layers. The same
// input gives the same bytes: directories, sorted by path; files in the order of the source's layers; additions; other
// entries; hard links. Errors: a parent is missing and DRAFT is not on top; a path is there twice; engines would take a
// name for a whiteout; SOURCE cannot be read.
Result<NewLayer> write_layer(const Image& source, const LayerDraft& draft);

enum class Compression : std::uint8_t { kGzip, kZstd, kNone };
std::optional<Compression> compression_from_name(std::string_view name);  // "gzip", "zstd", "none"
enum class MediaTypes : std::uint8_t { kOci, kDocker };                   // Docker's are those of its schema 2
std::optional<MediaTypes> media_types_from_name(std::string_view name);   // "oci", "docker"

// How an OCI layout or OCI archive holds an image. A docker-archive has none of these choices.
struct ImageFormat {
  std::optional<Compression> compression;          // of the layers; gzip if not set
  std::optional<MediaTypes> media_types;           // kOci if not set
  std::map<std::string, std::string> annotations;  // of an OCI manifest; Docker's manifests have none
};
// Checks before long work whether an image can be written to DESTINATION in FORMAT. Errors (of usage): winnow only
// reads from such a place; FORMAT asks for what it cannot hold.
Result<void> check_writable(const Reference& destination, const ImageFormat& format);
// Writes an image of LAYERS, the lowest first, with CONFIG_JSON as its config, to a docker-archive, OCI layout or OCI
// archive, as DESTINATION says. A file or a new layout appears whole or not at all. An existing OCI layout keeps its
// other images; one with the same name is replaced. Returns the digest of the config. Errors: CONFIG_JSON does not name
// LAYERS; those of check_writable(); DESTINATION is an engine.
Result<Digest> write_image(std::span<const NewLayer> layers, const std::string& config_json,
                           const Reference& destination, const ImageFormat& format = {});
// Writes the same image as a docker-archive to the descriptor FD, tagged NAME; "": without a tag.
Result<Digest> write_docker_archive(std::span<const NewLayer> layers, const std::string& config_json,
                                    const std::string& name, int fd);

}  // namespace winnow
