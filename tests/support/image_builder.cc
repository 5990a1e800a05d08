// SPDX-License-Identifier: Apache-2.0
// Puts layer tars and their JSON together into images.
#include "support/image_builder.h"

#include <archive.h>
#include <archive_entry.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "winnow/base/digest.h"
#include "winnow/base/file.h"

namespace winnow::test {
namespace {

std::string quoted(const std::string& text) { return "\"" + text + "\""; }

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ",") + part;
  return "[" + text + "]";
}

std::string blob_name(std::string_view data) { return "blobs/sha256/" + Digest::of(data).hex(); }

std::string descriptor(std::string_view data, const std::string& type, const std::string& more = {}) {
  return R"({"mediaType":")" + type + R"(","digest":")" + Digest::of(data).str() + R"(","size":)" +
         std::to_string(data.size()) + more + "}";
}

std::string layer_type(Compression compression) {
  const std::string tar = "application/vnd.oci.image.layer.v1.tar";
  return compression == Compression::kNone ? tar : tar + (compression == Compression::kGzip ? "+gzip" : "+zstd");
}

std::string tar_of(const std::vector<std::pair<std::string, std::string>>& files) {
  TarBuilder tar;
  for (const auto& [name, content] : files) tar.file(name, content);
  return tar.bytes();
}

}  // namespace

std::string compressed(std::string_view data, Compression compression) {
  if (compression == Compression::kNone) return std::string(data);
  std::string out(data.size() + 65536, '\0');
  std::size_t used = 0;
  archive* const writer = archive_write_new();
  archive_write_set_format_raw(writer);
  compression == Compression::kGzip ? archive_write_add_filter_gzip(writer) : archive_write_add_filter_zstd(writer);
  // Without the time of day in gzip's header: a test that compresses twice wants the same bytes.
  if (compression == Compression::kGzip) archive_write_set_filter_option(writer, "gzip", "timestamp", nullptr);
  archive_write_set_bytes_in_last_block(writer, 1);
  archive_write_open_memory(writer, out.data(), out.size(), &used);
  archive_entry* const entry = archive_entry_new();
  archive_entry_set_filetype(entry, AE_IFREG);
  archive_write_header(writer, entry);
  archive_write_data(writer, data.data(), data.size());
  archive_write_close(writer);
  archive_entry_free(entry);
  archive_write_free(writer);
  out.resize(used);
  return out;
}

std::string zipped(const std::vector<std::pair<std::string, std::string>>& files) {
  std::string out(std::size_t{1} << 20, '\0');
  std::size_t used = 0;
  archive* const writer = archive_write_new();
  archive_write_set_format_zip(writer);
  archive_write_set_bytes_in_last_block(writer, 1);
  archive_write_open_memory(writer, out.data(), out.size(), &used);
  for (const auto& [name, content] : files) {
    archive_entry* const entry = archive_entry_new();
    archive_entry_set_pathname(entry, name.c_str());
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_size(entry, static_cast<la_int64_t>(content.size()));
    archive_write_header(writer, entry);
    archive_write_data(writer, content.data(), content.size());
    archive_entry_free(entry);
  }
  archive_write_close(writer);
  archive_write_free(writer);
  out.resize(used);
  return out;
}

ImageBuilder& ImageBuilder::layer(const TarBuilder& tar, Compression compression) {
  layers_.push_back({tar.bytes(), compressed(tar.bytes(), compression), compression});
  return *this;
}

ImageBuilder& ImageBuilder::config(std::string json) {
  config_ = std::move(json);
  return *this;
}

ImageBuilder& ImageBuilder::config_document(std::string json) {
  document_ = std::move(json);
  return *this;
}

std::string ImageBuilder::config_json() const {
  if (!document_.empty()) return document_;
  std::vector<std::string> ids, steps;
  for (const Layer& layer : layers_) {
    ids.push_back(quoted(Digest::of(layer.tar).str()));
    steps.push_back(R"({"created_by":"step )" + std::to_string(steps.size() + 1) + R"("})");
  }
  steps.push_back(R"({"created_by":"CMD","empty_layer":true})");
  return R"({"architecture":"amd64","os":"linux","config":)" + config_ + R"(,"rootfs":{"type":"layers","diff_ids":)" +
         joined(ids) + R"(},"history":)" + joined(steps) + "}";
}

std::string ImageBuilder::docker_archive(const std::string& name) const {
  TarBuilder archive;
  std::vector<std::string> layers;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    // Docker gives each layer a directory named after its place in the chain, and links layers that are the same.
    const std::string directory = Digest::of(std::to_string(i)).hex();
    layers.push_back(quoted(directory + "/layer.tar"));
    archive.directory(directory);
    std::size_t first = 0;
    while (layers_[first].tar != layers_[i].tar) ++first;
    if (first == i)
      archive.file(directory + "/layer.tar", layers_[i].blob);
    else
      archive.symlink(directory + "/layer.tar", "../" + Digest::of(std::to_string(first)).hex() + "/layer.tar");
  }
  archive.file(id().hex() + ".json", config_json());
  archive.file("manifest.json", R"([{"Config":")" + id().hex() + R"(.json","RepoTags":[")" + name + R"("],"Layers":)" +
                                    joined(layers) + "}]");
  return archive.bytes();
}

ImageBuilder::Files ImageBuilder::oci_files(const std::string& tag) const {
  Files files = {{"oci-layout", R"({"imageLayoutVersion":"1.0.0"})"}};
  std::vector<std::string> layers;
  for (const Layer& layer : layers_) {
    files.emplace_back(blob_name(layer.blob), layer.blob);
    layers.push_back(descriptor(layer.blob, layer_type(layer.compression)));
  }
  const std::string config = config_json();
  files.emplace_back(blob_name(config), config);
  const std::string manifest = R"({"schemaVersion":2,"config":)" +
                               descriptor(config, "application/vnd.oci.image.config.v1+json") + R"(,"layers":)" +
                               joined(layers) + "}";
  files.emplace_back(blob_name(manifest), manifest);
  const std::string name = R"(,"annotations":{"org.opencontainers.image.ref.name":")" + tag + R"("})";
  files.emplace_back("index.json", R"({"schemaVersion":2,"manifests":[)" +
                                       descriptor(manifest, "application/vnd.oci.image.manifest.v1+json", name) + "]}");
  return files;
}

std::string ImageBuilder::docker_oci_archive(const std::string& name) const {
  Files files = oci_files(name);
  std::vector<std::string> layers;
  layers.reserve(layers_.size());
  for (const Layer& layer : layers_) layers.push_back(quoted(blob_name(layer.blob)));
  files.emplace_back("manifest.json", R"([{"Config":")" + blob_name(config_json()) + R"(","RepoTags":[")" + name +
                                          R"("],"Layers":)" + joined(layers) + "}]");
  return tar_of(files);
}

std::string ImageBuilder::oci_archive(const std::string& tag) const { return tar_of(oci_files(tag)); }

void ImageBuilder::write_oci_directory(const std::string& path, const std::string& tag) const {
  std::filesystem::create_directories(path + "/blobs/sha256");
  for (const auto& [name, content] : oci_files(tag))
    std::ofstream(std::filesystem::path(path) / name, std::ios::binary) << content;
}

Image ImageBuilder::open() const {
  auto image = Image::open_archive(memory_file(docker_archive()));
  if (!image) {
    std::fprintf(stderr, "ImageBuilder: %s\n", image.error().what.c_str());
    std::abort();
  }
  return std::move(*image);
}

Fd memory_file(std::string_view data) {
  Fd file(::memfd_create("winnow-test", MFD_CLOEXEC));
  if (!write_all(file.get(), data) || ::lseek(file.get(), 0, SEEK_SET) != 0) std::abort();
  return file;
}

TemporaryDirectory::TemporaryDirectory()
    : path_((std::filesystem::temp_directory_path() / "winnow-test.XXXXXX").string()) {
  if (::mkdtemp(path_.data()) == nullptr) std::abort();
}

TemporaryDirectory::~TemporaryDirectory() { std::filesystem::remove_all(path_); }

std::string TemporaryDirectory::write(std::string_view name, std::string_view data) const {
  std::string path = *this / name;
  std::ofstream(path, std::ios::binary) << data;
  return path;
}

}  // namespace winnow::test
