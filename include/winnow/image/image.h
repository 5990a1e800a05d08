// SPDX-License-Identifier: Apache-2.0
// Opens images: their index, and the content of their files.
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

// What all layers of one image together may hold. More is an error, whose hint names the option that raises the limit.
struct Limits {
  std::uint64_t entries = 2'000'000;
  std::uint64_t metadata = std::uint64_t{1} << 30;  // bytes of names, link targets, extended attributes and facts
  std::uint64_t bytes = std::uint64_t{64} << 30;    // bytes of the uncompressed layers
  std::uint64_t holes = std::uint64_t{4} << 30;     // bytes in the holes of sparse files, which no layer stores
};
struct OpenOptions {
  std::string platform;  // "linux/arm64", "linux/arm/v7": chooses one of several images; empty: this machine's
  std::string cache;     // directory that keeps what was read of each layer, by diff ID; empty: no cache
  unsigned jobs = 0;     // how many layers are read at the same time; 0: as many as there are processors
  Limits limits;
};

// An opened image: its index, and the content of its files on demand. Opening reads every layer once, unless the cache
// has it, and checks the digests. Errors: the image is not there, is damaged, exceeds a limit, or is for another
// platform than the one that was asked for.
class Image {
 public:
  // Opens the image that REF names. An image of an engine (kEngine) is an error: open_saved() is for these.
  static Result<Image> open(const Reference& ref, const OpenOptions& options = {});
  // Opens a docker-archive or OCI archive behind a seekable descriptor. TAG chooses one of several images.
  static Result<Image> open_archive(Fd archive, std::string_view tag = {}, const OpenOptions& options = {});
  // Opens an image of an engine, which calls it ID. SAVE returns a file that holds the image as a docker-archive. It is
  // called once: at once if the cache does not have the whole image, else when content is first read.
  using Save = std::function<Result<Fd>()>;
  static Result<Image> open_saved(const Digest& id, Save save, const OpenOptions& options = {});
  Image(Image&&) noexcept;
  Image& operator=(Image&&) noexcept;
  ~Image();
  [[nodiscard]] const Index& index() const;
  // Calls SINK with the content of each of WANTED, which must be files: layer by layer, in the order of the layers'
  // tars. SINK gets an entry and the next piece of its content; an empty piece ends the file. If several of WANTED are
  // names of one file, only the first in the index is read. If the content has not the digest that the index says, an
  // error is returned instead of the empty piece. An error of SINK is returned, too.
  using Sink = std::function<Result<void>(EntryId, std::span<const std::byte>)>;
  [[nodiscard]] Result<void> read_files(std::span<const EntryId> wanted, const Sink& sink) const;

 private:
  struct Impl;
  explicit Image(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace winnow
