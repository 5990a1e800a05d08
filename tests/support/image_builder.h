// SPDX-License-Identifier: Apache-2.0
// Images as literals: layer tars written block by block, so that hostile ones can be made too, in every storage format.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "winnow/base/digest.h"
#include "winnow/base/file.h"
#include "winnow/image/image.h"
#include "winnow/image/write.h"

namespace winnow::test {

struct Meta {
  std::uint32_t mode = 0644;
  std::uint32_t uid = 0, gid = 0;
  std::int64_t mtime = 0;
  std::uint32_t mtime_ns = 0;
  std::map<std::string, std::string> xattrs = {};
};

// A tar, member by member; names stand in it as they are given. pax headers (pax(1), POSIX) are added where ustar falls
// short.
class TarBuilder {
 public:
  TarBuilder& file(const std::string& name, std::string_view content, const Meta& meta = {});
  TarBuilder& directory(const std::string& name, const Meta& meta = {.mode = 0755});
  TarBuilder& symlink(const std::string& name, const std::string& target, const Meta& meta = {.mode = 0777});
  TarBuilder& hard_link(const std::string& name, const std::string& target);
  TarBuilder& device(const std::string& name, bool block, std::uint32_t major, std::uint32_t minor,
                     const Meta& meta = {});
  TarBuilder& fifo(const std::string& name, const Meta& meta = {});
  TarBuilder& whiteout(const std::string& name);     // hides NAME of lower layers
  TarBuilder& opaque(const std::string& directory);  // hides what lower layers have in DIRECTORY
  TarBuilder& raw(std::string_view blocks);
  // A file of SIZE bytes of which only CONTENT, at its beginning, is stored (GNU tar's sparse format 1.0).
  TarBuilder& sparse(const std::string& name, std::string_view content, std::uint64_t size);
  [[nodiscard]] std::string bytes() const;  // with the end mark

 private:
  TarBuilder& add(const std::string& name, char type, const Meta& meta, std::string_view content,
                  const std::string& link, std::uint32_t major = 0, std::uint32_t minor = 0);
  TarBuilder& block(std::string_view name, char type, const Meta& meta, std::uint64_t size, std::string_view link,
                    std::uint32_t major, std::uint32_t minor);
  TarBuilder& data(std::string_view content);
  std::string bytes_;
};

std::string compressed(std::string_view data, Compression compression);
// A zip archive, such as a jar, of these names and contents.
std::string zipped(const std::vector<std::pair<std::string, std::string>>& files);

// An image of layer tars. The config is complete unless a test replaces a part of it.
class ImageBuilder {
 public:
  ImageBuilder& layer(const TarBuilder& tar, Compression compression = Compression::kNone);
  // The value of "config" in the image config: R"({"Cmd":["/bin/app"]})".
  ImageBuilder& config(std::string json);
  // Replaces the whole image config.
  ImageBuilder& config_document(std::string json);
  [[nodiscard]] std::string config_json() const;
  [[nodiscard]] Digest id() const { return Digest::of(config_json()); }

  [[nodiscard]] std::string docker_archive(const std::string& name = "app:1") const;  // as Docker up to 24 writes it
  [[nodiscard]] std::string docker_oci_archive(const std::string& name = "app:1") const;  // as Docker 25 and later
  [[nodiscard]] std::string oci_archive(const std::string& tag = "1") const;
  void write_oci_directory(const std::string& path, const std::string& tag = "1") const;
  // The image, opened from a docker-archive in memory. Aborts when that fails: use it for images that are right.
  [[nodiscard]] Image open() const;

 private:
  struct Layer {
    std::string tar, blob;
    Compression compression;
  };
  using Files = std::vector<std::pair<std::string, std::string>>;
  [[nodiscard]] Files oci_files(const std::string& tag) const;
  std::vector<Layer> layers_;
  std::string config_ = "{}";
  std::string document_;
};

// A file in memory that holds DATA, its offset at the beginning.
Fd memory_file(std::string_view data);

// A directory of the test's own, removed with everything in it.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory();
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }
  // Writes DATA to the file NAME and gives its path.
  std::string write(std::string_view name, std::string_view data) const;

 private:
  std::string path_;
};

}  // namespace winnow::test
