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

// Owns one file descriptor and closes it in the end. Move-only.
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

// Opens PATH as open(2) does, with O_CLOEXEC added to FLAGS.
Result<Fd> open_file(const std::string& path, int flags, unsigned mode = 0);
// Makes a file without a name (O_TMPFILE) in $TMPDIR, or in /var/tmp if that is not set. It vanishes with its
// descriptor, however the process ends.
Result<Fd> open_temporary();
// Returns the whole content of the file; more than LIMIT bytes are an error. Works on /proc and pipes, too.
Result<std::string> read_file(const std::string& path, std::size_t limit = 256u << 20);
// The same, but anything that is not a regular file is an error: a FIFO that somebody else made must not block us.
Result<std::string> read_regular_file(const std::string& path, std::size_t limit);
// Writes all of DATA to FD; goes on after short writes and EINTR.
Result<void> write_all(int fd, std::span<const std::byte> data);
Result<void> write_all(int fd, std::string_view data);
// Makes the directory PATH, whose parent must exist; a directory that exists already is fine.
Result<void> make_directory(const std::string& path);
// Makes DATA the content of PATH, with mode 0644: a new file is written beside it, synced and renamed, so that a reader
// sees the old file or the whole new one. If PATH is no regular file (a pipe, /dev/stdout), DATA is written into it.
Result<void> write_file_atomically(const std::string& path, std::string_view data);

}  // namespace winnow
