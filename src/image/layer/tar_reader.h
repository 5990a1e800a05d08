// SPDX-License-Identifier: Apache-2.0
// The members of a layer's tar, one after the other, checked and with their content.
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
  bool hard_link = false;  // another name of the path that entry.link_target holds; the rest of the entry is not set
};

// ustar, pax and GNU tar, sparse files too (libarchive). Names are bytes, whatever the locale.
class TarReader {
 public:
  // STREAM and BUDGET must outlive the reader.
  static Result<TarReader> open(BlobStream& stream, Budget& budget);
  TarReader(TarReader&&) noexcept;
  TarReader& operator=(TarReader&&) noexcept;
  ~TarReader();
  // The next member, false at the end. Errors name the member: ".." in a path, names too long, a broken header.
  Result<bool> next(TarMember& member);
  // The next piece of the member's content, holes as zeros, valid until the next call; empty at its end.
  Result<std::span<const std::byte>> read();

 private:
  struct Impl;
  explicit TarReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace winnow
