// SPDX-License-Identifier: Apache-2.0
// Images opened: their index, and their files' content.
// Everything read here is hostile: sizes are bounded, digests are checked, no path leaves the image.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/index/index.h"
#include "winnow/index/reference.h"

namespace winnow {

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

}  // namespace winnow
