// SPDX-License-Identifier: Apache-2.0
// Ranges of files, and a directory as a blob store, read with openat2(2).
#include "image/store/blobs.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

Result<std::uint64_t> regular_size(int fd) {
  struct stat status{};
  if (::fstat(fd, &status) != 0) return std::unexpected(Error::from_errno("fstat"));
  if (S_ISDIR(status.st_mode)) return fail("it is a directory", "is it an OCI layout? That is oci:DIRECTORY");
  if (!S_ISREG(status.st_mode)) return fail("not a regular file");
  return static_cast<std::uint64_t>(status.st_size);
}

// openat2(2): nothing outside of DIRECTORY is reached, whatever NAME and the links in it say. O_NONBLOCK: a FIFO must
// not hang us.
Fd open_inside(int directory, const std::string& name, std::uint64_t resolve) {
  struct open_how how{};
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW;
  how.resolve = resolve;
  return Fd(static_cast<int>(::syscall(SYS_openat2, directory, name.c_str(), &how, sizeof how)));
}

class RangeReader final : public ByteReader {
 public:
  explicit RangeReader(FileRange range) : range_(std::move(range)) {}
  Result<std::size_t> read(std::span<std::byte> buffer) override { return range_.read(buffer); }

 private:
  FileRange range_;
};

class DirectoryStore final : public BlobStore {
 public:
  explicit DirectoryStore(Fd directory) : directory_(std::move(directory)) {}

  [[nodiscard]] Result<std::optional<FileRange>> find(const std::string& name) const override {
    Fd file = open_inside(directory_.get(), name, RESOLVE_BENEATH);
    if (!file.valid()) {
      if (errno == ENOENT) return std::nullopt;
      return std::unexpected(Error::from_errno("opening " + printable(name)));
    }
    const auto size = regular_size(file.get());
    if (!size) return std::unexpected(size.error().within(printable(name)));
    return FileRange(std::make_shared<const Fd>(std::move(file)), 0, *size);
  }

 private:
  Fd directory_;
};

}  // namespace

Result<FileRange> FileRange::of(int fd) {
  TRY(const auto size, regular_size(fd));
  Fd copy(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (!copy.valid()) return std::unexpected(Error::from_errno("duplicating a file descriptor"));
  return FileRange(std::make_shared<const Fd>(std::move(copy)), 0, size);
}

Result<std::size_t> FileRange::read(std::span<std::byte> buffer) {
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), left_));
  if (wanted == 0) return 0;
  ssize_t n = 0;
  do {
    n = ::pread(file_->get(), buffer.data(), wanted, static_cast<off_t>(offset_));
  } while (n < 0 && errno == EINTR);
  if (n < 0) return std::unexpected(Error::from_errno("reading"));
  if (n == 0) return fail(fmt::format("truncated: {} of {} bytes are missing", left_, size_));
  offset_ += static_cast<std::uint64_t>(n);
  left_ -= static_cast<std::uint64_t>(n);
  return static_cast<std::size_t>(n);
}

Result<FileRange> open_in_root(const Fd& directory, const std::string& name) {
  Fd file = open_inside(directory.get(), name, RESOLVE_IN_ROOT);
  if (!file.valid()) return std::unexpected(Error::from_errno("opening"));
  TRY(const auto size, regular_size(file.get()));
  return FileRange(std::make_shared<const Fd>(std::move(file)), 0, size);
}

std::unique_ptr<ByteReader> FileRange::reader() const { return std::make_unique<RangeReader>(*this); }

Result<FileRange> BlobStore::open(const std::string& name) const {
  TRY(auto found, find(name));
  if (!found) return fail(printable(name) + " is missing");
  return *found;
}

Result<std::optional<std::string>> BlobStore::document(const std::string& name, std::size_t limit) const {
  TRY(auto range, find(name));
  if (!range) return std::nullopt;
  if (range->size() > limit)
    return fail(fmt::format("{} has {} bytes, {} are allowed", printable(name), range->size(), limit));
  std::string text(range->size(), '\0');
  for (std::span<char> rest(text); !rest.empty();) {
    const auto n = range->read(std::as_writable_bytes(rest));
    if (!n) return std::unexpected(n.error().within(printable(name)));
    rest = rest.subspan(*n);
  }
  return text;
}

Result<std::unique_ptr<BlobStore>> open_directory_store(const std::string& path) {
  auto directory = open_file(path, O_RDONLY | O_DIRECTORY);
  if (!directory) {
    Error error = directory.error();
    struct stat status{};
    if (::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode))
      error.hint = "a layout in a tar is oci-archive:FILE";
    return std::unexpected(error);
  }
  return std::make_unique<DirectoryStore>(std::move(*directory));
}

}  // namespace winnow
