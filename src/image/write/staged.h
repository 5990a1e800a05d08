// SPDX-License-Identifier: Apache-2.0
// Makes output that appears whole or not at all: under a temporary name beside its place, renamed when it is complete.
#pragma once

#include <string>

#include "winnow/base/error.h"
#include "winnow/base/file.h"

namespace winnow {

// A file that is being written; the destructor removes it unless it was committed.
class StagedFile {
 public:
  // Errors: PATH names something that is not a regular file.
  static Result<StagedFile> create(const std::string& path);
  StagedFile(StagedFile&& other) noexcept
      : fd_(std::move(other.fd_)), temporary_(std::exchange(other.temporary_, {})) {}
  StagedFile& operator=(StagedFile&&) = delete;
  ~StagedFile();
  [[nodiscard]] int fd() const { return fd_.get(); }
  // Syncs the file and renames it to PATH.
  Result<void> commit(const std::string& path);

 private:
  StagedFile() = default;
  Fd fd_;
  std::string temporary_;
};

// A directory that is being filled; the destructor removes it with its content unless it was committed.
class StagedDirectory {
 public:
  static Result<StagedDirectory> create(const std::string& path);
  StagedDirectory(StagedDirectory&& other) noexcept : temporary_(std::exchange(other.temporary_, {})) {}
  StagedDirectory& operator=(StagedDirectory&&) = delete;
  ~StagedDirectory();
  [[nodiscard]] const std::string& path() const { return temporary_; }
  // Renames it to PATH, which must be missing or an empty directory.
  Result<void> commit(const std::string& path);

 private:
  StagedDirectory() = default;
  std::string temporary_;
};

}  // namespace winnow
