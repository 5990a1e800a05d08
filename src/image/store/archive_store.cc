// SPDX-License-Identifier: Apache-2.0
// A tar as a blob store: the places of its members are noted once.
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <map>

#include "image/layer/archive_handle.h"
#include "image/layer/blob_stream.h"
#include "image/store/blobs.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/base/path.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

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

Result<std::unique_ptr<BlobStore>> open_archive_store(Fd archive, Budget& budget) {
  TRY(auto whole, FileRange::of(archive.get()));
  if (const auto compressed = is_compressed(whole); !compressed) {
    return std::unexpected(compressed.error());
  } else if (*compressed) {
    auto tar = unpacked(whole, budget);
    if (!tar) return std::unexpected(tar.error().within("uncompressing the archive"));
    archive = std::move(*tar);
  }
  TRY(const auto tar, FileRange::of(archive.get()));
  return ArchiveStore::open(std::move(archive), tar.size());
}

}  // namespace winnow
