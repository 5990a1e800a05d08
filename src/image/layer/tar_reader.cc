// SPDX-License-Identifier: Apache-2.0
// Reading layer tars with libarchive: every field of a member is bounded before it is believed.
#include "image/layer/tar_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

#include "image/layer/archive_handle.h"
#include "image/limits.h"
#include "winnow/base/error.h"
#include "winnow/base/path.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

constexpr std::array<std::byte, std::size_t{64} << 10> kZeros{};
constexpr std::size_t kBlock = 512;  // pax(1), ustar Interchange Format

// Where a member goes: absolute and "./" names are below the root, ".." is never right.
Result<std::string> checked_path(const char* raw) {
  if (raw == nullptr || *raw == '\0') return fail("a member has no name");
  const std::string_view name(raw);
  for (const std::string_view part : components_of(name)) {
    if (part == "..") return fail(printable(name) + ": a path with \"..\"");
    if (part.size() > kMaxName)
      return fail(fmt::format("{}: a name of {} bytes, {} are allowed", printable(name), part.size(), kMaxName));
  }
  std::string path = normal_path(name);
  if (path.size() > kMaxPath) return fail(fmt::format("a path of {} bytes, {} are allowed", path.size(), kMaxPath));
  return path;
}

std::optional<EntryType> type_of(archive_entry* raw) {
  switch (archive_entry_filetype(raw)) {
    case AE_IFREG:
      return EntryType::kFile;
    case AE_IFDIR:
      return EntryType::kDirectory;
    case AE_IFLNK:
      return EntryType::kSymlink;
    case AE_IFCHR:
      return EntryType::kCharDevice;
    case AE_IFBLK:
      return EntryType::kBlockDevice;
    case AE_IFIFO:
      return EntryType::kFifo;
    default:
      return std::nullopt;
  }
}

Result<std::uint32_t> checked_id(la_int64_t id, std::string_view what) {
  if (id < 0 || id > std::numeric_limits<std::uint32_t>::max())
    return fail(fmt::format("{} {} is out of range", what, id));
  return static_cast<std::uint32_t>(id);
}

Result<void> take_xattrs(archive_entry* raw, Entry& entry) {
  std::size_t bytes = 0;
  archive_entry_xattr_reset(raw);
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  while (archive_entry_xattr_next(raw, &name, &value, &size) == ARCHIVE_OK) {
    if (name == nullptr || *name == '\0') return fail("an extended attribute has no name");
    bytes += std::string_view(name).size() + size;
    if (bytes > kMaxXattrs) return fail(fmt::format("extended attributes of more than {} bytes", kMaxXattrs));
    std::erase_if(entry.xattrs, [&](const auto& known) { return known.first == name; });  // the last one counts
    entry.xattrs.emplace_back(name, std::string(static_cast<const char*>(value), size));
  }
  std::ranges::sort(entry.xattrs);
  return {};
}

Result<void> take_metadata(archive_entry* raw, Entry& entry) {
  entry.mode = static_cast<std::uint32_t>(archive_entry_perm(raw)) & 07777u;
  TRY(const auto uid, checked_id(archive_entry_uid(raw), "the user id"));
  TRY(const auto gid, checked_id(archive_entry_gid(raw), "the group id"));
  entry.uid = uid;
  entry.gid = gid;
  entry.mtime = archive_entry_mtime(raw);
  entry.mtime_ns = static_cast<std::uint32_t>(archive_entry_mtime_nsec(raw));
  if (entry.type == EntryType::kCharDevice || entry.type == EntryType::kBlockDevice) {
    entry.dev_major = static_cast<std::uint32_t>(archive_entry_rdevmajor(raw));
    entry.dev_minor = static_cast<std::uint32_t>(archive_entry_rdevminor(raw));
  }
  if (entry.type == EntryType::kSymlink) {
    const char* target = archive_entry_symlink(raw);
    entry.link_target = target != nullptr ? target : "";
    if (entry.link_target.size() > kMaxPath) return fail(fmt::format("a link target of more than {} bytes", kMaxPath));
  }
  return take_xattrs(raw, entry);
}

}  // namespace

struct TarReader::Impl {
  Impl(BlobStream& source, Budget& shared) : stream(source), budget(shared) {}

  BlobStream& stream;
  Budget& budget;
  std::optional<Error> failure;  // of a read inside libarchive's call-back
  std::uint64_t size = 0;        // of the current member
  std::uint64_t at = 0;          // what has been read of it
  std::uint64_t block_at = 0;    // where the block that is waiting belongs
  std::uint64_t fed = 0;         // bytes that libarchive got
  std::span<const std::byte> block;
  ArchiveHandle tar;

  static la_ssize_t feed(archive* tar, void* self, const void** data) {
    auto* const impl = static_cast<Impl*>(self);
    const auto piece = impl->stream.read();
    if (!piece) {
      impl->failure = piece.error();
      archive_set_error(tar, EIO, "%s", "reading the layer");
      return ARCHIVE_FATAL;
    }
    *data = piece->data();
    std::size_t length = piece->size();
    // umoci's insert ends a layer right behind the content of its last file; Go's archive/tar, and so every engine,
    // takes the missing padding for granted.
    if (length == 0 && impl->at == impl->size && impl->fed % kBlock != 0) {
      *data = kZeros.data();
      length = kBlock - impl->fed % kBlock;
    }
    impl->fed += length;
    return static_cast<la_ssize_t>(length);
  }

  [[nodiscard]] std::unexpected<Error> broken() const {
    if (failure) return std::unexpected(*failure);
    return fail("reading the tar: " + archive_error(tar.get()), "layers are tars, plain or compressed by gzip or zstd");
  }

  Result<void> take(archive_entry* raw, TarMember& member) {
    TRY(member.entry.path, checked_path(archive_entry_pathname(raw)));
    const auto within = [&](const Error& error) { return std::unexpected(error.within(printable(member.entry.path))); };
    if (const char* target = archive_entry_hardlink(raw)) {
      auto checked = checked_path(target);
      if (!checked) return within(checked.error());
      member.hard_link = true;
      member.entry.link_target = std::move(*checked);
      return {};
    }
    const auto type = type_of(raw);
    if (!type) return within(Error{"neither file, directory, link, device nor FIFO"});
    member.entry.type = *type;
    if (auto taken = take_metadata(raw, member.entry); !taken) return within(taken.error());
    if (*type != EntryType::kFile) return {};
    const la_int64_t claimed = archive_entry_size(raw);
    size = member.entry.size = claimed > 0 ? static_cast<std::uint64_t>(claimed) : 0;
    if (claimed >= 0 && size <= budget.limits().bytes) return {};
    return within(Error{"the file claims more than " + human_bytes(budget.limits().bytes)});
  }

  // Sets `block` to the next stored block of the member, at `block_at`; empty when there is none left.
  Result<void> fetch() {
    const void* data = nullptr;
    std::size_t length = 0;
    la_int64_t offset = 0;
    int status = ARCHIVE_OK;
    while (status == ARCHIVE_OK && length == 0) status = archive_read_data_block(tar.get(), &data, &length, &offset);
    block = {};
    block_at = size;  // nothing more: the rest is a hole
    if (status == ARCHIVE_EOF) return {};
    if (status != ARCHIVE_OK) return broken();
    block = {static_cast<const std::byte*>(data), length};
    block_at = static_cast<std::uint64_t>(offset);
    if (offset < 0 || block_at < at || block_at > size || length > size - block_at)
      return fail("a sparse file whose pieces are out of place");
    return {};
  }
};

TarReader::TarReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TarReader::TarReader(TarReader&&) noexcept = default;
TarReader& TarReader::operator=(TarReader&&) noexcept = default;
TarReader::~TarReader() = default;

Result<TarReader> TarReader::open(BlobStream& stream, Budget& budget) {
  TarReader reader(std::make_unique<Impl>(stream, budget));
  Impl& impl = *reader.impl_;
  impl.tar.reset(archive_read_new());
  archive_read_support_format_tar(impl.tar.get());
  archive_read_support_format_empty(impl.tar.get());
  if (archive_read_open(impl.tar.get(), &impl, nullptr, Impl::feed, nullptr) != ARCHIVE_OK) return impl.broken();
  return reader;
}

Result<bool> TarReader::next(TarMember& member) {
  const ByteLocale bytes;
  archive_entry* raw = nullptr;
  const int status = archive_read_next_header(impl_->tar.get(), &raw);
  if (status == ARCHIVE_EOF) return false;
  if (status != ARCHIVE_OK && status != ARCHIVE_WARN) return impl_->broken();  // a warning: a name kept as bytes
  member = {};
  impl_->size = impl_->at = impl_->block_at = 0;
  impl_->block = {};
  TRY_DO(impl_->take(raw, member));
  return true;
}

Result<std::span<const std::byte>> TarReader::read() {
  Impl& impl = *impl_;
  if (impl.at == impl.size) return std::span<const std::byte>{};
  if (impl.block.empty() && impl.at >= impl.block_at) TRY_DO(impl.fetch());
  std::span<const std::byte> piece = std::exchange(impl.block, {});
  if (impl.at < impl.block_at) {
    const std::uint64_t gap = std::min<std::uint64_t>(impl.block_at - impl.at, kZeros.size());
    impl.block = piece;
    piece = std::span(kZeros).first(static_cast<std::size_t>(gap));
    TRY_DO(impl.budget.charge_holes(gap));
  }
  impl.at += piece.size();
  return piece;
}

}  // namespace winnow
