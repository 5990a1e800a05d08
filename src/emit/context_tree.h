// SPDX-License-Identifier: Apache-2.0
// Writes files into a build context. Its directory may hold links that lead out of it.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/index/index.h"

namespace winnow {

// The directory of a build context. Nothing is written through a link in it.
class ContextTree {
 public:
  // Makes DIRECTORY if it is missing; links on the way to it are followed.
  static Result<ContextTree> open(const std::string& directory);
  // Writes CONTENT to the file PATH, an absolute path in which "/" is the tree's root. The file gets exactly MODE and,
  // if MTIME is not 0, that time (in seconds since the epoch). Directories on the way are made. A file that exists is
  // replaced. Errors: there is a directory at PATH, or a link on the way to it.
  [[nodiscard]] Result<void> write(std::string_view path, std::string_view content, std::uint32_t mode,
                                   std::int64_t mtime = 0) const;
  // Writes ADDITIONS below PREFIX ("/additions"), with their modes and times, whatever the umask is.
  [[nodiscard]] Result<void> write(std::span<const Addition> additions, std::string_view prefix) const;

 private:
  explicit ContextTree(Fd root) : root_(std::move(root)) {}
  // Opens the directory PATH; makes directories that are missing.
  [[nodiscard]] Result<Fd> enter(std::string_view path) const;
  Fd root_;
};

}  // namespace winnow
