// SPDX-License-Identifier: Apache-2.0
// One-layer images as docker-archive, OCI layout directory and OCI archive.
#include <fmt/format.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>

#include "image/documents.h"
#include "image/limits.h"
#include "image/staged.h"
#include "image/tar_writer.h"
#include "winnow/image.h"

namespace winnow {
namespace {

// The config's own word on its layers must be this one layer: everything that reads the image checks it.
Result<ConfigDocument> checked_config(const NewLayer& layer, const std::string& config_json) {
  auto config = read_config(config_json);
  if (!config) return config;
  if (config->diff_ids != std::vector{layer.diff_id})
    return fail(fmt::format("the image config does not name {} as its only layer", layer.diff_id.str()));
  return config;
}

struct Gzipped {
  Fd file;
  Digest digest;
  std::uint64_t size = 0;
};

// gzip as RFC 1952 has it without name and time; zlib writes such a header by itself.
class GzipWriter {
 public:
  explicit GzipWriter(Gzipped& target) : target_(target) {
    constexpr int kGzipWindow = 15 + 16;  // the largest window, in gzip's format (zlib.h, deflateInit2)
    ready_ = deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) == Z_OK;
  }
  GzipWriter(const GzipWriter&) = delete;
  GzipWriter& operator=(const GzipWriter&) = delete;
  ~GzipWriter() { deflateEnd(&stream_); }

  Result<void> write(std::span<const std::byte> piece, int flush) {
    if (!ready_) return fail("zlib does not start");
    stream_.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(piece.data()));  // zlib only reads it
    stream_.avail_in = static_cast<uInt>(piece.size());
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(buffer_.data());
      stream_.avail_out = static_cast<uInt>(buffer_.size());
      deflate(&stream_, flush);
      const auto made = std::span<const std::byte>(buffer_).first(buffer_.size() - stream_.avail_out);
      if (auto written = write_all(target_.file.get(), made); !written) return written;
      hash_.update(made);
      target_.size += made.size();
    } while (stream_.avail_out == 0);
    if (flush == Z_FINISH) target_.digest = hash_.finish();
    return {};
  }

 private:
  Gzipped& target_;
  z_stream stream_{};
  bool ready_ = false;
  Sha256 hash_;
  std::array<std::byte, std::size_t{64} << 10> buffer_{};
};

Result<Gzipped> gzip(const NewLayer& layer) {
  const auto content = FileRange::of(layer.tar.get());
  if (!content) return std::unexpected(content.error());
  auto file = open_temporary();
  if (!file) return std::unexpected(file.error());
  Gzipped zipped;
  zipped.file = std::move(*file);
  GzipWriter writer(zipped);
  auto done = each_piece(*content, [&](std::span<const std::byte> piece) { return writer.write(piece, Z_NO_FLUSH); });
  if (done) done = writer.write({}, Z_FINISH);
  if (!done) return std::unexpected(done.error().within("compressing the layer"));
  return zipped;
}

// An OCI image ready to be stored: everything but the index.
struct OciImage {
  Gzipped layer;
  std::string config_json, manifest_json;
  Digest config;
  Descriptor manifest;  // as the index lists it
};

Result<OciImage> oci_image(const NewLayer& layer, const std::string& config_json, const std::string& tag) {
  const auto config = checked_config(layer, config_json);
  if (!config) return std::unexpected(config.error());
  auto zipped = gzip(layer);
  if (!zipped) return std::unexpected(zipped.error());
  OciImage image{std::move(*zipped), config_json, {}, Digest::of(config_json), {}};
  Descriptor config_descriptor{
      "application/vnd.oci.image.config.v1+json", image.config, config_json.size(), {}, {}, {}, {}, {}};
  Descriptor layer_descriptor{
      "application/vnd.oci.image.layer.v1.tar+gzip", image.layer.digest, image.layer.size, {}, {}, {}, {}, {}};
  auto manifest = write_oci_manifest(config_descriptor, layer_descriptor);
  if (!manifest) return std::unexpected(manifest.error());
  image.manifest_json = std::move(*manifest);
  image.manifest = {"application/vnd.oci.image.manifest.v1+json",
                    Digest::of(image.manifest_json),
                    image.manifest_json.size(),
                    config->runtime.os,
                    config->runtime.architecture,
                    {},
                    tag,
                    {}};
  return image;
}

std::string blob_name(const Digest& digest) { return "blobs/sha256/" + digest.hex(); }

Result<Digest> write_oci_archive(const OciImage& image, const std::string& path) {
  auto staged = StagedFile::create(path);
  if (!staged) return std::unexpected(staged.error());
  auto tar = TarWriter::open(staged->fd());
  if (!tar) return std::unexpected(tar.error());
  const auto index = write_oci_index(std::nullopt, image.manifest);
  if (!index) return std::unexpected(index.error());
  const auto layer = FileRange::of(image.layer.file.get());
  if (!layer) return std::unexpected(layer.error());
  Result<void> done = tar->add_file("oci-layout", kOciLayout);
  if (done) done = tar->add_file("index.json", *index);
  if (done) done = tar->add_file(blob_name(image.manifest.digest), image.manifest_json);
  if (done) done = tar->add_file(blob_name(image.config), image.config_json);
  if (done) done = tar->add_file(blob_name(image.layer.digest), *layer);
  if (!done) return std::unexpected(done.error());
  if (auto finished = tar->finish(); !finished) return std::unexpected(finished.error());
  if (auto committed = staged->commit(path); !committed) return std::unexpected(committed.error());
  return image.config;
}

// Puts the blobs into the layout at DIRECTORY, and then the index that makes them an image.
Result<void> fill_layout(const OciImage& image, const std::string& directory) {
  const std::string index_path = directory + "/index.json";
  std::optional<std::string> old;
  if (::access(index_path.c_str(), F_OK) == 0) {
    auto text = read_file(index_path, kMaxDocument);
    if (!text) return std::unexpected(text.error());
    old = std::move(*text);
  }
  const auto index = write_oci_index(old, image.manifest);
  if (!index) return std::unexpected(index.error());
  std::error_code error;
  std::filesystem::create_directories(directory + "/blobs/sha256", error);
  if (error) return fail("making " + printable(directory) + "/blobs/sha256: " + error.message());
  const std::string layer_path = directory + "/" + blob_name(image.layer.digest);
  auto staged = StagedFile::create(layer_path);
  if (!staged) return std::unexpected(staged.error());
  const auto content = FileRange::of(image.layer.file.get());
  if (!content) return std::unexpected(content.error());
  auto done = each_piece(*content, [&](std::span<const std::byte> piece) { return write_all(staged->fd(), piece); });
  if (done) done = staged->commit(layer_path);
  if (done) done = write_file_atomically(directory + "/" + blob_name(image.config), image.config_json);
  if (done) done = write_file_atomically(directory + "/" + blob_name(image.manifest.digest), image.manifest_json);
  if (done) done = write_file_atomically(directory + "/oci-layout", kOciLayout);
  return done ? write_file_atomically(index_path, *index) : done;
}

Result<Digest> write_oci_directory(const OciImage& image, const std::string& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  const bool missing = status.type() == std::filesystem::file_type::not_found;
  if (!missing && std::filesystem::exists(path + "/oci-layout", error)) {
    if (auto filled = fill_layout(image, path); !filled) return std::unexpected(filled.error());
    return image.config;
  }
  if (!missing && !std::filesystem::is_empty(path, error))
    return fail(printable(path) + " is neither an OCI layout nor an empty directory");
  auto staged = StagedDirectory::create(path);
  if (!staged) return std::unexpected(staged.error());
  if (auto filled = fill_layout(image, staged->path()); !filled) return std::unexpected(filled.error());
  if (auto committed = staged->commit(path); !committed) return std::unexpected(committed.error());
  return image.config;
}

}  // namespace

Result<Digest> write_docker_archive(const NewLayer& layer, const std::string& config_json, const std::string& name,
                                    int fd) {
  if (auto config = checked_config(layer, config_json); !config) return std::unexpected(config.error());
  const Digest id = Digest::of(config_json);
  DockerImage image{id.hex() + ".json", {}, {layer.diff_id.hex() + "/layer.tar"}};
  if (!name.empty()) image.repo_tags.push_back(name);
  const auto manifest = write_docker_manifest(image);
  if (!manifest) return std::unexpected(manifest.error());
  const auto content = FileRange::of(layer.tar.get());
  if (!content) return std::unexpected(content.error());
  auto tar = TarWriter::open(fd);
  if (!tar) return std::unexpected(tar.error());
  Result<void> done = tar->add_file(image.config, config_json);
  if (done) done = tar->add_file(image.layers.front(), *content);
  if (done) done = tar->add_file("manifest.json", *manifest);
  if (!done) return std::unexpected(done.error());
  if (auto finished = tar->finish(); !finished) return std::unexpected(finished.error());
  return id;
}

Result<Digest> write_image(const NewLayer& layer, const std::string& config_json, const Reference& destination) {
  constexpr Transport kWritable[] = {Transport::kDockerArchive, Transport::kOciDirectory, Transport::kOciArchive};
  if (std::ranges::find(kWritable, destination.transport) == std::end(kWritable))
    return std::unexpected(
        Error::usage("this place is only read from",
                     "write to docker-archive:FILE, oci:DIR, oci-archive:FILE or docker-daemon:NAME"));
  if (destination.transport == Transport::kDockerArchive) {
    auto staged = StagedFile::create(destination.location);
    if (!staged) return std::unexpected(staged.error());
    const auto id = write_docker_archive(layer, config_json, destination.tag, staged->fd());
    if (!id) return id;
    if (auto committed = staged->commit(destination.location); !committed) return std::unexpected(committed.error());
    return id;
  }
  auto image = oci_image(layer, config_json, destination.tag);
  if (!image) return std::unexpected(image.error());
  return destination.transport == Transport::kOciArchive ? write_oci_archive(*image, destination.location)
                                                         : write_oci_directory(*image, destination.location);
}

}  // namespace winnow
