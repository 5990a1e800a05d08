// SPDX-License-Identifier: Apache-2.0
// Images as docker-archive, OCI layout directory and OCI archive.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "image/limits.h"
#include "image/store/documents.h"
#include "image/write/compress.h"
#include "image/write/staged.h"
#include "image/write/tar_writer.h"
#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/base/text.h"
#include "winnow/image/write.h"

namespace winnow {
namespace {

// The config's own word on its layers must be these layers: everything that reads the image checks it.
Result<ConfigDocument> checked_config(std::span<const NewLayer> layers, const std::string& config_json) {
  auto config = read_config(config_json);
  if (!config || std::ranges::equal(config->diff_ids, layers, {}, {}, &NewLayer::diff_id)) return config;
  std::string ids;
  for (const NewLayer& layer : layers) ids += (ids.empty() ? "" : ", ") + layer.diff_id.str();
  return fail(fmt::format("the image config does not name {} as its layers", ids));
}

// What manifest, config and layers are called.
struct TypeNames {
  std::string manifest, config, layer;
};

TypeNames names_of(MediaTypes types, Compression compression) {
  if (types == MediaTypes::kDocker)  // distribution/docs/spec/manifest-v2-2.md; uncompressed: containers/image
    return {"application/vnd.docker.distribution.manifest.v2+json", "application/vnd.docker.container.image.v1+json",
            std::string("application/vnd.docker.image.rootfs.diff.tar") +
                (compression == Compression::kNone ? "" : ".gzip")};
  std::string layer = "application/vnd.oci.image.layer.v1.tar";
  if (compression != Compression::kNone) layer += compression == Compression::kGzip ? "+gzip" : "+zstd";
  return {"application/vnd.oci.image.manifest.v1+json", "application/vnd.oci.image.config.v1+json", layer};
}

// An OCI image ready to be stored: everything but the index.
struct OciImage {
  std::vector<Blob> layers;  // each blob once
  std::string config_json, manifest_json;
  Digest config;
  Descriptor manifest;  // as the index lists it
};

Descriptor described(const std::string& media_type, const Digest& digest, std::uint64_t size) {
  return {media_type, digest, size, {}, {}, {}, {}, {}};
}

Result<OciImage> oci_image(std::span<const NewLayer> layers, const std::string& config_json, const std::string& tag,
                           const ImageFormat& format) {
  TRY(const auto config, checked_config(layers, config_json));
  const Compression compression = format.compression.value_or(Compression::kGzip);
  const MediaTypes types = format.media_types.value_or(MediaTypes::kOci);
  const TypeNames names = names_of(types, compression);
  OciImage image{{}, config_json, {}, Digest::of(config_json), {}};
  std::vector<Descriptor> descriptors;
  for (const NewLayer& layer : layers) {
    TRY(auto blob, compress(layer, compression));
    descriptors.push_back(described(names.layer, blob.digest, blob.size));
    if (std::ranges::find(image.layers, blob.digest, &Blob::digest) == image.layers.end())
      image.layers.push_back(std::move(blob));
  }
  TRY(auto manifest,
      write_manifest(names.manifest, described(names.config, image.config, config_json.size()), descriptors,
                     types == MediaTypes::kOci ? format.annotations
                                               : std::map<std::string, std::string>()));  // Docker's has no room
  image.manifest_json = std::move(manifest);
  image.manifest = described(names.manifest, Digest::of(image.manifest_json), image.manifest_json.size());
  image.manifest.os = config.runtime.os;
  image.manifest.architecture = config.runtime.architecture;
  image.manifest.variant = config.variant;
  image.manifest.ref_name = tag;
  return image;
}

Result<Digest> write_oci_archive(const OciImage& image, const std::string& path) {
  TRY(auto staged, StagedFile::create(path));
  TRY(auto tar, TarWriter::open(staged.fd()));
  TRY(const auto index, write_oci_index(std::nullopt, image.manifest));
  Result<void> done = tar.add_file("oci-layout", kOciLayout);
  if (done) done = tar.add_file("index.json", index);
  if (done) done = tar.add_file(blob_name(image.manifest.digest), image.manifest_json);
  if (done) done = tar.add_file(blob_name(image.config), image.config_json);
  for (const Blob& layer : image.layers)
    if (done) done = tar.add_file(blob_name(layer.digest), layer.content);
  if (!done) return std::unexpected(done.error());
  TRY_DO(tar.finish());
  TRY_DO(staged.commit(path));
  return image.config;
}

Result<void> store_blob(const Blob& blob, const std::string& path) {
  TRY(auto staged, StagedFile::create(path));
  auto done = each_piece(blob.content, [&](std::span<const std::byte> piece) { return write_all(staged.fd(), piece); });
  return done ? staged.commit(path) : done;
}

// Puts the blobs into the layout at DIRECTORY, and then the index that makes them an image.
Result<void> fill_layout(const OciImage& image, const std::string& directory) {
  const std::string index_path = directory + "/index.json";
  std::optional<std::string> old;
  if (::access(index_path.c_str(), F_OK) == 0) {
    TRY(old, read_file(index_path, kMaxDocument));
  }
  TRY(const auto index, write_oci_index(old, image.manifest));
  std::error_code error;
  std::filesystem::create_directories(directory + "/blobs/sha256", error);
  if (error) return fail("making " + printable(directory) + "/blobs/sha256: " + error.message());
  Result<void> done;
  for (const Blob& layer : image.layers)
    if (done) done = store_blob(layer, directory + "/" + blob_name(layer.digest));
  if (done) done = write_file_atomically(directory + "/" + blob_name(image.config), image.config_json);
  if (done) done = write_file_atomically(directory + "/" + blob_name(image.manifest.digest), image.manifest_json);
  if (done) done = write_file_atomically(directory + "/oci-layout", kOciLayout);
  return done ? write_file_atomically(index_path, index) : done;
}

Result<Digest> write_oci_directory(const OciImage& image, const std::string& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  const bool missing = status.type() == std::filesystem::file_type::not_found;
  if (!missing && std::filesystem::exists(path + "/oci-layout", error)) {
    TRY_DO(fill_layout(image, path));
    return image.config;
  }
  if (!missing && !std::filesystem::is_empty(path, error))
    return fail(printable(path) + " is neither an OCI layout nor an empty directory");
  TRY(auto staged, StagedDirectory::create(path));
  TRY_DO(fill_layout(image, staged.path()));
  TRY_DO(staged.commit(path));
  return image.config;
}

}  // namespace

Result<Digest> write_docker_archive(std::span<const NewLayer> layers, const std::string& config_json,
                                    const std::string& name, int fd) {
  TRY_DO(checked_config(layers, config_json));
  const Digest id = Digest::of(config_json);
  DockerImage image{id.hex() + ".json", {}, {}};
  if (!name.empty()) image.repo_tags.push_back(name);
  TRY(auto tar, TarWriter::open(fd));
  auto done = tar.add_file(image.config, config_json);
  for (const NewLayer& layer : layers) {
    TRY(const auto content, FileRange::of(layer.tar.get()));
    const std::string member = layer.diff_id.hex() + "/layer.tar";
    const bool known = std::ranges::find(image.layers, member) != image.layers.end();
    if (done && !known) done = tar.add_file(member, content);
    image.layers.push_back(member);
  }
  TRY(const auto manifest, write_docker_manifest(image));
  if (done) done = tar.add_file("manifest.json", manifest);
  if (!done) return std::unexpected(done.error());
  TRY_DO(tar.finish());
  return id;
}

Result<Digest> write_image(std::span<const NewLayer> layers, const std::string& config_json,
                           const Reference& destination, const ImageFormat& format) {
  TRY_DO(check_writable(destination, format));
  if (destination.transport == Transport::kEngine) return fail("an engine has to load the image itself");
  if (destination.transport == Transport::kDockerArchive) {
    TRY(auto staged, StagedFile::create(destination.location));
    const auto id = write_docker_archive(layers, config_json, destination.tag, staged.fd());
    if (!id) return id;
    TRY_DO(staged.commit(destination.location));
    return id;
  }
  TRY(auto image, oci_image(layers, config_json, destination.tag, format));
  return destination.transport == Transport::kOciArchive ? write_oci_archive(image, destination.location)
                                                         : write_oci_directory(image, destination.location);
}

}  // namespace winnow
