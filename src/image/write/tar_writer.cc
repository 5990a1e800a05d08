// SPDX-License-Identifier: Apache-2.0
// Writing pax tars with libarchive, byte for byte reproducible.
#include "image/write/tar_writer.h"

#include "image/layer/archive_handle.h"
#include "image/write/archive_sink.h"
#include "winnow/base/error.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

__LA_MODE_T file_type(EntryType type) {
  switch (type) {
    case EntryType::kFile:
      return AE_IFREG;
    case EntryType::kDirectory:
      return AE_IFDIR;
    case EntryType::kSymlink:
      return AE_IFLNK;
    case EntryType::kCharDevice:
      return AE_IFCHR;
    case EntryType::kBlockDevice:
      return AE_IFBLK;
    case EntryType::kFifo:
      return AE_IFIFO;
  }
  return AE_IFREG;
}

// Members are named relative to the root, directories with a final slash, as tar(1) does.
std::string member_name(const Entry& entry) {
  if (entry.path == "/") return "./";
  return entry.path.substr(1) + (entry.type == EntryType::kDirectory ? "/" : "");
}

ArchiveEntryHandle header_of(const Entry& entry, const std::string& hard_link) {
  ArchiveEntryHandle header(archive_entry_new());
  archive_entry* const raw = header.get();
  archive_entry_copy_pathname(raw, member_name(entry).c_str());
  archive_entry_set_filetype(raw, file_type(entry.type));
  archive_entry_set_perm(raw, static_cast<__LA_MODE_T>(entry.mode));
  archive_entry_set_uid(raw, entry.uid);
  archive_entry_set_gid(raw, entry.gid);
  archive_entry_set_mtime(raw, entry.mtime, static_cast<long>(entry.mtime_ns));
  if (!hard_link.empty()) {
    archive_entry_copy_hardlink(raw, hard_link.substr(1).c_str());
    return header;
  }
  archive_entry_set_size(raw, static_cast<la_int64_t>(entry.size));
  if (entry.type == EntryType::kSymlink) archive_entry_copy_symlink(raw, entry.link_target.c_str());
  if (entry.type == EntryType::kCharDevice || entry.type == EntryType::kBlockDevice) {
    archive_entry_set_rdevmajor(raw, entry.dev_major);
    archive_entry_set_rdevminor(raw, entry.dev_minor);
  }
  for (const auto& [name, value] : entry.xattrs)
    archive_entry_xattr_add_entry(raw, name.c_str(), value.data(), value.size());
  return header;
}

Entry plain_file(const std::string& path, std::uint64_t size) {
  Entry entry;
  entry.path = "/" + path;
  entry.mode = 0644;
  entry.size = size;
  return entry;
}

}  // namespace

struct TarWriter::Impl {
  explicit Impl(int fd) : sink(fd) {}
  ArchiveSink sink;
  ArchiveHandle tar;  // last: freeing it may still call back

  [[nodiscard]] std::unexpected<Error> broken() const { return sink.failure(tar.get(), "writing a tar"); }
};

TarWriter::TarWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TarWriter::TarWriter(TarWriter&&) noexcept = default;
TarWriter& TarWriter::operator=(TarWriter&&) noexcept = default;
TarWriter::~TarWriter() = default;

Result<TarWriter> TarWriter::open(int fd) {
  TarWriter writer(std::make_unique<Impl>(fd));
  Impl& impl = *writer.impl_;
  impl.tar.reset(archive_write_new());
  archive* const tar = impl.tar.get();
  // BINARY: names are bytes, and the pax headers say so.
  if (archive_write_set_format_pax(tar) != ARCHIVE_OK ||
      archive_write_set_options(tar, "pax:hdrcharset=BINARY,pax:xattrheader=SCHILY") != ARCHIVE_OK ||
      archive_write_set_bytes_in_last_block(tar, 1) != ARCHIVE_OK ||
      archive_write_open(tar, &impl.sink, nullptr, ArchiveSink::write, nullptr) != ARCHIVE_OK)
    return impl.broken();
  return writer;
}

Result<void> TarWriter::begin(const Entry& entry, const std::string& hard_link) {
  const ByteLocale bytes;
  if (archive_write_header(impl_->tar.get(), header_of(entry, hard_link).get()) != ARCHIVE_OK) {
    const std::unexpected<Error> error = impl_->broken();
    return std::unexpected(error.error().within(printable(entry.path)));
  }
  return {};
}

Result<void> TarWriter::write(std::span<const std::byte> piece) {
  const la_ssize_t n = archive_write_data(impl_->tar.get(), piece.data(), piece.size());
  if (n < 0) return impl_->broken();
  if (static_cast<std::size_t>(n) != piece.size()) return fail("more content than the tar member's size");
  return {};
}

Result<void> TarWriter::add_file(const std::string& path, std::string_view content) {
  TRY_DO(begin(plain_file(path, content.size())));
  return write(std::as_bytes(std::span(content)));
}

Result<void> TarWriter::add_file(const std::string& path, FileRange content) {
  TRY_DO(begin(plain_file(path, content.size())));
  return each_piece(std::move(content), [&](std::span<const std::byte> piece) { return write(piece); });
}

Result<TarWriter::Summary> TarWriter::finish() {
  if (archive_write_close(impl_->tar.get()) != ARCHIVE_OK) return impl_->broken();
  return Summary{impl_->sink.finish(), impl_->sink.size()};
}

}  // namespace winnow
