// SPDX-License-Identifier: Apache-2.0
// Reads the members of a layer's tar, one after the other, with their content, and checks them.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "image/layer/blob_stream.h"
#include "winnow/base/error.h"
#include "winnow/index/index.h"

namespace winnow {

struct TarMember {
  Entry entry;             // without digest, facts, layer and link group
  bool hard_link = false;  // a hard link to the path entry.link_target; only that and entry.path are set
};

// Reads ustar, pax and GNU tar, with sparse files, by libarchive. Names are bytes, whatever the locale is.
class TarReader {
 public:
  // STREAM and BUDGET must outlive the reader.
  static Result<TarReader> open(BlobStream& stream, Budget& budget);
  TarReader(TarReader&&) noexcept;
  TarReader& operator=(TarReader&&) noexcept;
  ~TarReader();
  // Reads the next member; returns false at the end. Errors name the member: ".." in a path, a name that is too long, a
  // broken header.
  Result<bool> next(TarMember& member);
  // Returns the next piece of the member's content, holes as zeros; it is valid until the next call. Empty: the end.
  Result<std::span<const std::byte>> read();

 private:
  struct Impl;
  explicit TarReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace winnow
