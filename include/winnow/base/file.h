// SPDX-License-Identifier: Apache-2.0
// File descriptors that close themselves, and files read and written whole.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "winnow/base/error.h"

namespace winnow {

// Owns one file descriptor; closes it. Move-only.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept;
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd();
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool valid() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
};

// open(2) with O_CLOEXEC.
Result<Fd> open_file(const std::string& path, int flags, unsigned mode = 0);
// A file without a name in $TMPDIR or /var/tmp (O_TMPFILE): it vanishes with its descriptor, however the process ends.
Result<Fd> open_temporary();
// The whole file, at most LIMIT bytes; a longer one is an error. Works on /proc and pipes.
Result<std::string> read_file(const std::string& path, std::size_t limit = 256u << 20);
// The same of a regular file only: a FIFO in a directory of somebody else's must not hang us.
Result<std::string> read_regular_file(const std::string& path, std::size_t limit);
// All of DATA, through short writes and EINTR.
Result<void> write_all(int fd, std::span<const std::byte> data);
Result<void> write_all(int fd, std::string_view data);
// mkdir(2) of the last component; one that is there already is fine.
Result<void> make_directory(const std::string& path);
// Writes to a temporary name beside PATH, syncs and renames: a reader sees the old file or the whole new one.
Result<void> write_file_atomically(const std::string& path, std::string_view data);

}  // namespace winnow
