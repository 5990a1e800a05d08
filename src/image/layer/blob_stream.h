// SPDX-License-Identifier: Apache-2.0
// Reads a blob as a stream of uncompressed bytes, and computes its digests.
#pragma once

#include <memory>

#include "image/limits.h"
#include "image/store/blobs.h"
#include "winnow/base/digest.h"
#include "winnow/base/error.h"

namespace winnow {

// Whether a blob that begins with HEAD is compressed with gzip (RFC 1952) or zstd (RFC 8878).
bool is_compressed(std::span<const std::byte> head);

struct StreamSummary {
  Digest stored;                  // of the blob as it is stored
  Digest uncompressed;            // equal to STORED if the blob is not compressed
  std::uint64_t stored_size = 0;  // bytes of the blob as it is stored
  std::uint64_t size = 0;         // uncompressed bytes
};

// The blob is gzip, zstd or plain bytes. Its first bytes decide which, not its media type.
class BlobStream {
 public:
  enum class Hashing { kOn, kOff };
  // BUDGET is charged for the uncompressed bytes. It must outlive the stream.
  static Result<BlobStream> open(std::unique_ptr<ByteReader> blob, Budget& budget, Hashing hashing = Hashing::kOn);
  BlobStream(BlobStream&&) noexcept;
  BlobStream& operator=(BlobStream&&) noexcept;
  ~BlobStream();
  // The next piece, valid until the next call; empty at the end.
  Result<std::span<const std::byte>> read();
  // Reads the rest and returns digests and sizes of the whole blob; with Hashing::kOff the digests are not valid. To be
  // called once.
  Result<StreamSummary> finish();

 private:
  struct Impl;
  explicit BlobStream(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace winnow
