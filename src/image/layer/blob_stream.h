// SPDX-License-Identifier: Apache-2.0
// A blob as the stream of its uncompressed bytes, with the digests of what went by.
#pragma once

#include <memory>

#include "image/limits.h"
#include "image/store/blobs.h"
#include "winnow/base/digest.h"
#include "winnow/base/error.h"

namespace winnow {

// Whether HEAD, the first bytes of a blob, is how gzip (RFC 1952) or zstd (RFC 8878) begin.
bool is_compressed(std::span<const std::byte> head);

struct StreamSummary {
  Digest stored;                  // of the blob as it is
  Digest uncompressed;            // the same where it is not compressed
  std::uint64_t stored_size = 0;  // bytes
  std::uint64_t size = 0;         // uncompressed bytes
};

// gzip, zstd or plain bytes, told apart by the blob's beginning, whatever its media type says.
class BlobStream {
 public:
  enum class Hashing { kOn, kOff };
  // BUDGET is charged for what is uncompressed and must outlive the stream.
  static Result<BlobStream> open(std::unique_ptr<ByteReader> blob, Budget& budget, Hashing hashing = Hashing::kOn);
  BlobStream(BlobStream&&) noexcept;
  BlobStream& operator=(BlobStream&&) noexcept;
  ~BlobStream();
  // The next piece, valid until the next call; empty at the end.
  Result<std::span<const std::byte>> read();
  // Reads what is left and says what the whole was; without hashing the digests are empty. Once.
  Result<StreamSummary> finish();

 private:
  struct Impl;
  explicit BlobStream(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace winnow
