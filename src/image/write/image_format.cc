// SPDX-License-Identifier: Apache-2.0
// The words for how an image is stored, and which of them go together.
#include <algorithm>

#include "winnow/base/error.h"
#include "winnow/image/write.h"

namespace winnow {

std::optional<Compression> compression_from_name(std::string_view name) {
  if (name == "gzip") return Compression::kGzip;
  if (name == "zstd") return Compression::kZstd;
  if (name == "none") return Compression::kNone;
  return std::nullopt;
}

std::optional<MediaTypes> media_types_from_name(std::string_view name) {
  if (name == "oci") return MediaTypes::kOci;
  if (name == "docker") return MediaTypes::kDocker;
  return std::nullopt;
}

Result<void> check_writable(const Reference& destination, const ImageFormat& format) {
  constexpr Transport kWritable[] = {Transport::kEngine, Transport::kDockerArchive, Transport::kOciDirectory,
                                     Transport::kOciArchive};
  if (std::ranges::find(kWritable, destination.transport) == std::end(kWritable))
    return std::unexpected(
        Error::usage("this place is only read from",
                     "write to docker-archive:FILE, oci:DIR, oci-archive:FILE or docker-daemon:NAME"));
  const bool oci = destination.transport == Transport::kOciDirectory || destination.transport == Transport::kOciArchive;
  if (!oci && (format.media_types || format.compression.value_or(Compression::kNone) != Compression::kNone))
    return std::unexpected(Error::usage("a docker-archive has neither compressed layers nor media types",
                                        "write to oci:DIR or oci-archive:FILE"));
  if (format.media_types == MediaTypes::kDocker && format.compression == Compression::kZstd)
    return std::unexpected(
        Error::usage("Docker has no media type for zstd layers", "use --media-types oci, or --compression gzip"));
  return {};
}

}  // namespace winnow
