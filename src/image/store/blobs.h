// SPDX-License-Identifier: Apache-2.0
// Where the named parts of a stored image are: a directory, or the members of an uncompressed tar, read in place.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "image/limits.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"

namespace winnow {

// Bytes read from their beginning, once.
class ByteReader {
 public:
  ByteReader() = default;
  ByteReader(const ByteReader&) = delete;
  ByteReader& operator=(const ByteReader&) = delete;
  virtual ~ByteReader() = default;
  // Fills at most BUFFER; 0 at the end.
  virtual Result<std::size_t> read(std::span<std::byte> buffer) = 0;
};

// A stretch of a file, read from its beginning. A copy reads on its own; nobody's file offset moves.
class FileRange {
 public:
  FileRange(std::shared_ptr<const Fd> file, std::uint64_t offset, std::uint64_t size)
      : file_(std::move(file)), offset_(offset), left_(size), size_(size) {}
  // The whole of the file behind FD, through a duplicate of it.
  static Result<FileRange> of(int fd);
  [[nodiscard]] std::uint64_t size() const { return size_; }
  // Fills at most BUFFER; 0 at the end. A file that ends inside the range is an error.
  Result<std::size_t> read(std::span<std::byte> buffer);
  [[nodiscard]] std::unique_ptr<ByteReader> reader() const;

 private:
  std::shared_ptr<const Fd> file_;
  std::uint64_t offset_;
  std::uint64_t left_;
  std::uint64_t size_;
};

// The regular file NAME as a process sees it whose root is DIRECTORY: links on the way are followed, inside of it.
Result<FileRange> open_in_root(const Fd& directory, const std::string& name);

// An image's storage: blobs and documents by name ("manifest.json", "blobs/sha256/<hex>").
class BlobStore {
 public:
  virtual ~BlobStore() = default;
  // Nothing when there is no such name.
  [[nodiscard]] virtual Result<std::optional<FileRange>> find(const std::string& name) const = 0;
  // As find, but a missing name is an error.
  [[nodiscard]] Result<FileRange> open(const std::string& name) const;
  // A whole document of at most LIMIT bytes; nothing when there is no such name.
  [[nodiscard]] Result<std::optional<std::string>> document(const std::string& name,
                                                            std::size_t limit = kMaxDocument) const;
};

// Names are paths below PATH; links in them are followed, but never out of it.
Result<std::unique_ptr<BlobStore>> open_directory_store(const std::string& path);
// A tar behind a seekable descriptor; a compressed one is unpacked to a temporary file first.
Result<std::unique_ptr<BlobStore>> open_archive_store(Fd archive, Budget& budget);

}  // namespace winnow
