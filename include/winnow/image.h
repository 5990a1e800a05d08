// SPDX-License-Identifier: Apache-2.0
// Images: where they come from, their index, their files' content, and writing new ones.
// Everything read here is hostile: sizes are bounded, digests are checked, no path leaves the image.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "winnow/base.h"
#include "winnow/index.h"

namespace winnow {

// Where an image is, in the words of skopeo(1): "oci:DIR[:TAG]". A bare name means the running engine.
enum class Transport { kEngine, kDockerArchive, kOciDirectory, kOciArchive };
struct Reference {
  Transport transport = Transport::kEngine;
  std::string location;  // the engine's name or id of the image, or the path of the archive or directory
  std::string tag;       // which image of an archive or layout; may be empty when it holds one
  static Result<Reference> parse(std::string_view text);
  [[nodiscard]] std::string str() const;
};

// An opened image: its index, and its content on demand.
class Image {
 public:
  // REF must not be kEngine; for that the caller saves the engine's image into a file and opens its descriptor.
  static Result<Image> open(const Reference& ref);
  // A docker-archive (or an OCI archive) behind a seekable descriptor. TAG chooses one of several images.
  static Result<Image> open_archive(Fd archive, std::string_view tag = {});
  Image(Image&&) noexcept;
  Image& operator=(Image&&) noexcept;
  ~Image();
  [[nodiscard]] const Index& index() const;
  // Gives the content of each of WANTED (files) to SINK, layer by layer in the order of the layers' tars.
  // SINK gets the entry and successive pieces; an empty piece ends a file. Of several names of one file only the first
  // in the index is given. Digests are checked against the index; a file that fails the check never gets its empty
  // piece.
  using Sink = std::function<Result<void>(EntryId, std::span<const std::byte>)>;
  [[nodiscard]] Result<void> read_files(std::span<const EntryId> wanted, const Sink& sink) const;

 private:
  struct Impl;
  explicit Image(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// A layer that was just written: an uncompressed tar in a file without a name.
struct NewLayer {
  Fd tar;
  Digest diff_id;
  std::uint64_t size = 0;
};
// One layer holding exactly KEPT, with all metadata, content from SOURCE's layers. The same input gives the same bytes:
// directories first, sorted; then files in the order of the source; then links. Parents must be among KEPT.
Result<NewLayer> write_layer(const Image& source, std::span<const EntryId> kept);
// A one-layer image with CONFIG_JSON as its config. DESTINATION's transport chooses the format; the layer of an OCI
// image is gzip. Files appear whole or not at all. Returns the config digest.
Result<Digest> write_image(const NewLayer& layer, const std::string& config_json, const Reference& destination);
// The same as a docker-archive into an open descriptor, tagged NAME.
Result<Digest> write_docker_archive(const NewLayer& layer, const std::string& config_json, const std::string& name,
                                    int fd);

}  // namespace winnow
