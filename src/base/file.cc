// SPDX-License-Identifier: Apache-2.0
// File descriptors that close themselves, and whole-file reads and writes that leave nothing half done.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "winnow/base.h"

namespace winnow {

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this != &other) {
    if (valid()) ::close(fd_);
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

Fd::~Fd() {
  if (valid()) ::close(fd_);
}

Result<Fd> open_file(const std::string& path, int flags, unsigned mode) {
  Fd fd(::open(path.c_str(), flags | O_CLOEXEC, mode));
  if (!fd.valid()) return std::unexpected(Error::from_errno("opening " + printable(path)));
  return fd;
}

Result<Fd> open_temporary() {
  const char* chosen = std::getenv("TMPDIR");  // NOLINT(concurrency-mt-unsafe): nothing here calls setenv
  const std::string dir = chosen != nullptr && *chosen != '\0' ? chosen : "/var/tmp";
  auto fd = open_file(dir, O_TMPFILE | O_RDWR, 0600);
  if (!fd) {
    Error error = fd.error().within("making a temporary file");
    error.hint = "set TMPDIR to a directory with room for the image, on a file system that knows O_TMPFILE";
    return std::unexpected(error);
  }
  return fd;
}

namespace {

Result<std::string> read_open_file(int fd, const std::string& path, std::size_t limit) {
  std::string text;
  std::array<char, 65536> piece{};
  for (;;) {
    const ssize_t n = ::read(fd, piece.data(), piece.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::unexpected(Error::from_errno("reading " + printable(path)));
    if (n == 0) return text;
    if (text.size() + static_cast<std::size_t>(n) > limit)
      return fail("reading " + printable(path) + ": longer than " + std::to_string(limit) + " bytes");
    text.append(piece.data(), static_cast<std::size_t>(n));
  }
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t limit) {
  const auto fd = open_file(path, O_RDONLY);
  return fd ? read_open_file(fd->get(), path, limit) : std::unexpected(fd.error());
}

Result<std::string> read_regular_file(const std::string& path, std::size_t limit) {
  const auto fd = open_file(path, O_RDONLY | O_NONBLOCK);
  if (!fd) return std::unexpected(fd.error());
  struct stat status{};
  if (::fstat(fd->get(), &status) != 0) return std::unexpected(Error::from_errno("reading " + printable(path)));
  if (!S_ISREG(status.st_mode)) return fail(printable(path) + " is not a regular file");
  return read_open_file(fd->get(), path, limit);
}

Result<void> write_all(int fd, std::span<const std::byte> data) {
  while (!data.empty()) {
    const ssize_t n = ::write(fd, data.data(), data.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::unexpected(Error::from_errno("writing"));
    data = data.subspan(static_cast<std::size_t>(n));
  }
  return {};
}

Result<void> write_all(int fd, std::string_view data) {
  return write_all(fd, std::as_bytes(std::span(data.data(), data.size())));
}

Result<void> make_directory(const std::string& path) {
  struct stat status{};
  if (::mkdir(path.c_str(), 0777) == 0) return {};
  const int failed = errno;
  if (failed == EEXIST && ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) return {};
  return std::unexpected(Error::from_errno("making directory " + printable(path), failed));
}

Result<void> write_file_atomically(const std::string& path, std::string_view data) {
  struct stat status{};
  if (::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {  // "-o /dev/stdout", a pipe: nothing to rename
    auto fd = open_file(path, O_WRONLY);
    return fd ? write_all(fd->get(), data) : std::unexpected(fd.error());
  }
  std::string temporary = path + ".XXXXXX";
  Fd fd(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!fd.valid()) return std::unexpected(Error::from_errno("writing " + printable(path)));
  const auto abandon = [&](const Error& error) -> Result<void> {
    ::unlink(temporary.c_str());
    return std::unexpected(error.within("writing " + printable(path)));
  };
  if (auto written = write_all(fd.get(), data); !written) return abandon(written.error());
  if (::fchmod(fd.get(), 0644) != 0 || ::fsync(fd.get()) != 0) return abandon(Error::from_errno("syncing"));
  if (::rename(temporary.c_str(), path.c_str()) != 0) return abandon(Error::from_errno("renaming"));
  return {};
}

}  // namespace winnow
