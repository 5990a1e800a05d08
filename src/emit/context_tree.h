// SPDX-License-Identifier: Apache-2.0
// Files that are written into a build context, where links may stand that lead out of it.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/index/index.h"

namespace winnow {

// A directory of a build context. Nothing is written through a link below it, whatever lies there from before.
class ContextTree {
 public:
  // Makes DIRECTORY when it is missing; its own path may have links.
  static Result<ContextTree> open(const std::string& directory);
  // CONTENT at PATH (absolute, "/" is the tree's root), with exactly MODE and, when MTIME is not 0, that time
  // (seconds). Directories on the way are made; what stands at PATH is replaced, unless it is a directory.
  [[nodiscard]] Result<void> write(std::string_view path, std::string_view content, std::uint32_t mode,
                                   std::int64_t mtime = 0) const;
  // ADDITIONS below PREFIX ("/additions"), with their modes and times, whatever the umask.
  [[nodiscard]] Result<void> write(std::span<const Addition> additions, std::string_view prefix) const;

 private:
  explicit ContextTree(Fd root) : root_(std::move(root)) {}
  // Enters PATH from the root, making directories that are missing.
  [[nodiscard]] Result<Fd> enter(std::string_view path) const;
  Fd root_;
};

}  // namespace winnow
