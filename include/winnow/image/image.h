// SPDX-License-Identifier: Apache-2.0
// Images: where they come from, their index, their files' content, and writing new ones.
// Everything read here is hostile: sizes are bounded, digests are checked, no path leaves the image.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "winnow/base/base.h"
#include "winnow/index/index.h"

namespace winnow {

// Where an image is, in the words of skopeo(1) where it has them: "oci:DIR[:TAG]". A bare name means the running
// engine.
enum class Transport {
  kEngine,
  kDockerArchive,
  kOciDirectory,
  kOciArchive,
  kContainersStorage,  // podman, buildah and CRI-O's store on disk: "containers-storage:[DRIVER@ROOT]NAME"
  kContainerd,         // containerd's content store on disk: "containerd:[ROOT]NAMESPACE/NAME"
  kPid,                // the image below the root file system of process PID, from its engine's store: "pid:PID"
};
// The words before the colon: "docker-daemon", "oci", ...
std::vector<std::string_view> transport_names();
struct Reference {
  Transport transport = Transport::kEngine;
  std::string location;  // the name or id of the image, the path of the archive or directory, or a process id
  std::string tag;       // which image of an archive or layout; may be empty when it holds one
  std::string root;      // where a store is, when it is not at its usual place: "[overlay@ROOT]", "[ROOT]"
  static Result<Reference> parse(std::string_view text);
  [[nodiscard]] std::string str() const;
};

// What all layers of one image together may claim; what is over it is an error that names the flag.
struct Limits {
  std::uint64_t entries = 2'000'000;
  std::uint64_t metadata = std::uint64_t{1} << 30;  // bytes of names, link targets, attributes and facts
  std::uint64_t bytes = std::uint64_t{64} << 30;    // uncompressed
  std::uint64_t holes = std::uint64_t{4} << 30;     // of sparse files: bytes that are not stored
};
struct OpenOptions {
  std::string platform;  // "linux/arm64", "linux/arm/v7": which of several; empty: this machine's
  std::string cache;     // directory that keeps what was read of each layer, by diff ID; empty: none
  unsigned jobs = 0;     // layers read at the same time; 0: as many as there are processors
  Limits limits;
};

// An opened image: its index, and its content on demand.
class Image {
 public:
  // REF must not be kEngine; for that there is open_saved.
  static Result<Image> open(const Reference& ref, const OpenOptions& options = {});
  // A docker-archive (or an OCI archive) behind a seekable descriptor. TAG chooses one of several images.
  static Result<Image> open_archive(Fd archive, std::string_view tag = {}, const OpenOptions& options = {});
  // The image ID of an engine. SAVE gives it as a docker-archive; it is called when the cache does not know all of the
  // image, or else when content is first read.
  using Save = std::function<Result<Fd>()>;
  static Result<Image> open_saved(const Digest& id, Save save, const OpenOptions& options = {});
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

// What one new layer is to hold. No path may be there twice; the names of one file belong in one layer.
struct LayerDraft {
  std::vector<EntryId> kept = {};            // of the source, with the metadata of its merged tree
  std::vector<Entry> directories = {};       // with the metadata given here
  std::span<const Addition> additions = {};  // must outlive the draft
  bool on_top = false;                       // parents that are not here are in the layers below
};
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
