// SPDX-License-Identifier: Apache-2.0
// Finds the named parts of a stored image, in a directory or among the members of a tar, where they are read in place.
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

// Bytes that are read once, from their beginning.
class ByteReader {
 public:
  ByteReader() = default;
  ByteReader(const ByteReader&) = delete;
  ByteReader& operator=(const ByteReader&) = delete;
  virtual ~ByteReader() = default;
  // Reads at most as much as BUFFER holds and returns how many bytes that were; 0 is the end.
  virtual Result<std::size_t> read(std::span<std::byte> buffer) = 0;
};

// A range of bytes in a file, read from its beginning. Copies read independently; no file offset moves.
class FileRange {
 public:
  FileRange(std::shared_ptr<const Fd> file, std::uint64_t offset, std::uint64_t size)
      : file_(std::move(file)), offset_(offset), left_(size), size_(size) {}
  // The whole file behind FD, through a duplicate of FD.
  static Result<FileRange> of(int fd);
  [[nodiscard]] std::uint64_t size() const { return size_; }
  // Reads as ByteReader::read() does. It is an error if the file ends inside the range.
  Result<std::size_t> read(std::span<std::byte> buffer);
  [[nodiscard]] std::unique_ptr<ByteReader> reader() const;

 private:
  std::shared_ptr<const Fd> file_;
  std::uint64_t offset_;
  std::uint64_t left_;
  std::uint64_t size_;
};

// Opens the regular file NAME as if DIRECTORY were the root: links on the way are followed, but never out of DIRECTORY.
Result<FileRange> open_in_root(const Fd& directory, const std::string& name);

// The storage of an image: blobs and documents by name ("manifest.json", "blobs/sha256/<hex>").
class BlobStore {
 public:
  virtual ~BlobStore() = default;
  // nullopt: there is no such name.
  [[nodiscard]] virtual Result<std::optional<FileRange>> find(const std::string& name) const = 0;
  // As find(), but a missing name is an error.
  [[nodiscard]] Result<FileRange> open(const std::string& name) const;
  // Returns a whole document; more than LIMIT bytes are an error. nullopt: there is no such name.
  [[nodiscard]] Result<std::optional<std::string>> document(const std::string& name,
                                                            std::size_t limit = kMaxDocument) const;
};

// A store whose names are paths below PATH; links are followed, but never out of PATH.
Result<std::unique_ptr<BlobStore>> open_directory_store(const std::string& path);
// A store whose names are members of a tar behind a seekable descriptor. A compressed tar is first uncompressed to a
// temporary file.
Result<std::unique_ptr<BlobStore>> open_archive_store(Fd archive, Budget& budget);

}  // namespace winnow
