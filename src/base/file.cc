// SPDX-License-Identifier: Apache-2.0
// File descriptors that close themselves, and whole-file reads and writes that leave nothing half done.
#include "winnow/base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "winnow/base/error.h"
#include "winnow/base/text.h"

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
  TRY(const auto fd, open_file(path, O_RDONLY | O_NONBLOCK));
  struct stat status{};
  if (::fstat(fd.get(), &status) != 0) return std::unexpected(Error::from_errno("reading " + printable(path)));
  if (!S_ISREG(status.st_mode)) return fail(printable(path) + " is not a regular file");
  return read_open_file(fd.get(), path, limit);
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

namespace {

// A file for what is to be PATH's content: without a name where the file system knows such files, so that nothing of it
// stays when the process is killed; else with one beside PATH.
Result<std::pair<Fd, std::string>> temporary_beside(const std::string& path) {
  const auto slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  if (Fd fd(::open(directory.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600)); fd.valid())
    return std::pair(std::move(fd), std::string());
  std::string name = path + ".XXXXXX";
  Fd fd(::mkostemp(name.data(), O_CLOEXEC));
  if (!fd.valid()) return std::unexpected(Error::from_errno("making a file beside it"));
  return std::pair(std::move(fd), std::move(name));
}

// Gives the file without a name the name PATH. linkat(2) replaces nothing, so it goes by a name beside it for a moment;
// what a process that was killed in that moment left there is removed by the next one.
Result<void> put_in_place(int fd, const std::string& path) {
  const std::string beside = path + ".new";
  const std::string file = "/proc/self/fd/" + std::to_string(fd);
  for (int attempt = 0; ::linkat(AT_FDCWD, file.c_str(), AT_FDCWD, beside.c_str(), AT_SYMLINK_FOLLOW) != 0; ++attempt) {
    if (errno != EEXIST || attempt == 100) return std::unexpected(Error::from_errno("writing " + printable(path)));
    ::unlink(beside.c_str());
  }
  if (::rename(beside.c_str(), path.c_str()) == 0) return {};
  const Error error = Error::from_errno("renaming to " + printable(path));
  ::unlink(beside.c_str());
  return std::unexpected(error);
}

}  // namespace

Result<void> write_file_atomically(const std::string& path, std::string_view data) {
  struct stat status{};
  if (::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {  // "-o /dev/stdout", a pipe: nothing to rename
    auto fd = open_file(path, O_WRONLY);
    return fd ? write_all(fd->get(), data) : std::unexpected(fd.error());
  }
  const auto temporary = temporary_beside(path);
  if (!temporary) return std::unexpected(temporary.error().within("writing " + printable(path)));
  const auto& [fd, name] = *temporary;
  const auto abandon = [&](const Error& error) -> Result<void> {
    if (!name.empty()) ::unlink(name.c_str());
    return std::unexpected(error.within("writing " + printable(path)));
  };
  if (auto written = write_all(fd.get(), data); !written) return abandon(written.error());
  if (::fchmod(fd.get(), 0644) != 0 || ::fsync(fd.get()) != 0) return abandon(Error::from_errno("syncing"));
  if (!name.empty())
    return ::rename(name.c_str(), path.c_str()) == 0 ? Result<void>{} : abandon(Error::from_errno("renaming"));
  return put_in_place(fd.get(), path);
}

}  // namespace winnow
