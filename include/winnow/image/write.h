// SPDX-License-Identifier: Apache-2.0
// Images written: layers with content from another image, and the files that hold them.
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

// A layer that was just written: an uncompressed tar in a file without a name.
struct NewLayer {
  Fd tar;
  Digest diff_id;
  std::uint64_t size = 0;
};
// One layer holding exactly what DRAFT says, with all metadata, content from SOURCE's layers. The same input gives the
// same bytes: directories first, sorted; then files in the order of the source; then the others, and links.
// Errors: a parent is missing, a path is there twice, or an engine would take a name for a whiteout.
Result<NewLayer> write_layer(const Image& source, const LayerDraft& draft);

enum class Compression : std::uint8_t { kGzip, kZstd, kNone };
std::optional<Compression> compression_from_name(std::string_view name);  // "gzip", "zstd", "none"
enum class MediaTypes : std::uint8_t { kOci, kDocker };                   // Docker's are those of its schema 2
std::optional<MediaTypes> media_types_from_name(std::string_view name);   // "oci", "docker"

// How an OCI layout holds an image. A docker-archive knows none of this.
struct ImageFormat {
  std::optional<Compression> compression;          // of the layers; gzip when it is not said
  std::optional<MediaTypes> media_types;           // kOci when it is not said
  std::map<std::string, std::string> annotations;  // of an OCI manifest; Docker's have none
};
// Whether an image can be written to DESTINATION like this: to be asked before long work.
// Errors: a place that is only read from; FORMAT asks for what the destination cannot hold.
Result<void> check_writable(const Reference& destination, const ImageFormat& format);
// An image of LAYERS, the lowest first, with CONFIG_JSON as its config, which has to name them. DESTINATION's transport
// chooses the kind of file; it appears whole or not at all. Returns the config digest.
Result<Digest> write_image(std::span<const NewLayer> layers, const std::string& config_json,
                           const Reference& destination, const ImageFormat& format = {});
// The same as a docker-archive into an open descriptor, tagged NAME.
Result<Digest> write_docker_archive(std::span<const NewLayer> layers, const std::string& config_json,
                                    const std::string& name, int fd);

}  // namespace winnow
