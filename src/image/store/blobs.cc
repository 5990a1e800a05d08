// SPDX-License-Identifier: Apache-2.0
// Blob stores: a directory read with openat(2), and a tar whose members' places are noted once.
#include "image/store/blobs.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>

#include "image/layer/archive_handle.h"
#include "image/layer/blob_stream.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/base/path.h"
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

struct Member {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::string alias_of;  // links: the member that has the bytes
};

class ArchiveStore final : public BlobStore {
 public:
  static Result<std::unique_ptr<BlobStore>> open(Fd archive, std::uint64_t size) {
    auto store = std::make_unique<ArchiveStore>();
    store->archive_ = std::make_shared<const Fd>(std::move(archive));
    TRY_DO(store->list(size));
    return store;
  }

  [[nodiscard]] Result<std::optional<FileRange>> find(const std::string& name) const override {
    auto member = members_.find(normal_path(name));
    for (int links = 0; member != members_.end() && !member->second.alias_of.empty(); ++links) {
      if (links > kMaxSymlinks) return fail(printable(name) + ": too many links");
      member = members_.find(member->second.alias_of);
    }
    if (member == members_.end()) return std::nullopt;
    return FileRange(archive_, member->second.offset, member->second.size);
  }

 private:
  Result<void> list(std::uint64_t archive_size) {
    const ByteLocale bytes;
    const ArchiveHandle tar(archive_read_new());
    archive_read_support_format_tar(tar.get());
    archive_read_support_format_empty(tar.get());
    if (::lseek(archive_->get(), 0, SEEK_SET) != 0) return std::unexpected(Error::from_errno("rewinding"));
    const auto unreadable = [&] { return fail("not a readable tar: " + archive_error(tar.get())); };
    if (archive_read_open_fd(tar.get(), archive_->get(), 65536) != ARCHIVE_OK) return unreadable();
    for (;;) {
      archive_entry* entry = nullptr;
      const int status = archive_read_next_header(tar.get(), &entry);
      if (status == ARCHIVE_EOF) return {};
      if (status != ARCHIVE_OK && status != ARCHIVE_WARN) return unreadable();
      TRY_DO(note(entry, static_cast<std::uint64_t>(archive_filter_bytes(tar.get(), 0)), archive_size));
    }
  }

  // Docker's old layout links "<id>/layer.tar" to "../<other id>/layer.tar" when two layers are the same.
  Result<void> note(archive_entry* entry, std::uint64_t offset, std::uint64_t archive_size) {
    const char* raw = archive_entry_pathname(entry);
    if (raw == nullptr) return fail("a member has no name");
    const std::string name = normal_path(raw);
    Member member{offset, static_cast<std::uint64_t>(archive_entry_size(entry)), {}};
    if (const char* hard_link = archive_entry_hardlink(entry)) {
      member.alias_of = normal_path(hard_link);
    } else if (const char* link = archive_entry_symlink(entry)) {
      member.alias_of = normal_path(std::string(parent_of(name)) + "/" + link);
    } else if (archive_entry_filetype(entry) != AE_IFREG) {
      return {};
    } else if (archive_entry_sparse_count(entry) > 0) {
      return fail(printable(name) + ": a sparse member");
    } else if (offset > archive_size || member.size > archive_size - offset) {
      return fail(fmt::format("truncated: {} needs {} bytes at {}, the archive has {}", printable(name), member.size,
                              offset, archive_size));
    }
    if (members_.size() >= kMaxArchiveMembers) return fail(fmt::format("more than {} members", kMaxArchiveMembers));
    members_.insert_or_assign(name, std::move(member));
    return {};
  }

  std::shared_ptr<const Fd> archive_;
  std::map<std::string, Member> members_;
};

Result<bool> is_compressed(FileRange blob) {
  std::array<std::byte, 512> head{};
  TRY(const auto n, blob.read(head));
  return winnow::is_compressed(std::span(head).first(n));
}

Result<Fd> unpacked(const FileRange& blob, Budget& budget) {
  TRY(auto stream, BlobStream::open(blob.reader(), budget, BlobStream::Hashing::kOff));
  auto target = open_temporary();
  if (!target) return target;
  for (;;) {
    TRY(const auto piece, stream.read());
    if (piece.empty()) return target;
    TRY_DO(write_all(target->get(), piece));
  }
}

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

Result<std::unique_ptr<BlobStore>> open_archive_store(Fd archive, Budget& budget) {
  TRY(auto whole, FileRange::of(archive.get()));
  if (const auto compressed = is_compressed(whole); !compressed) {
    return std::unexpected(compressed.error());
  } else if (*compressed) {
    auto tar = unpacked(whole, budget);
    if (!tar) return std::unexpected(tar.error().within("uncompressing the archive"));
    archive = std::move(*tar);
  }
  TRY(const auto size, regular_size(archive.get()));
  return ArchiveStore::open(std::move(archive), size);
}

}  // namespace winnow
