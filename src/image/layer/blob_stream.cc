// SPDX-License-Identifier: Apache-2.0
// Uncompressing blobs with libarchive's filters, hashing on both sides.
#include "image/layer/blob_stream.h"

#include <algorithm>
#include <array>
#include <optional>

#include "image/layer/archive_handle.h"
#include "winnow/base/digest.h"
#include "winnow/base/error.h"

namespace winnow {
namespace {

constexpr std::array kGzip = {std::byte{0x1f}, std::byte{0x8b}};
constexpr std::array kZstd = {std::byte{0x28}, std::byte{0xb5}, std::byte{0x2f}, std::byte{0xfd}};
constexpr std::size_t kFrameHeader = 8;  // of a skippable frame: magic number, length of what follows

bool begins(std::span<const std::byte> head, std::span<const std::byte> magic) {
  return head.size() >= magic.size() && std::ranges::equal(head.first(magic.size()), magic);
}

// A frame of zstd without data (RFC 8878 3.1.2), and not a tar whose first name has these bytes.
bool is_skippable(std::span<const std::byte> head) {
  constexpr std::array kTail = {std::byte{0x2a}, std::byte{0x4d}, std::byte{0x18}};
  constexpr std::array kUstar = {std::byte{'u'}, std::byte{'s'}, std::byte{'t'}, std::byte{'a'}, std::byte{'r'}};
  constexpr std::size_t kUstarAt = 257;
  return head.size() > kTail.size() && (head[0] & std::byte{0xf0}) == std::byte{0x50} &&
         begins(head.subspan(1), kTail) && !(head.size() > kUstarAt && begins(head.subspan(kUstarAt), kUstar));
}

}  // namespace

struct BlobStream::Impl {
  Impl(std::unique_ptr<ByteReader> source, Budget& shared, bool hashes)
      : blob(std::move(source)), budget(shared), hashing(hashes) {}

  std::unique_ptr<ByteReader> blob;
  Budget& budget;
  bool hashing;
  bool compressed = false;
  bool ended = false;
  std::array<std::byte, std::size_t{256} << 10> buffer{};
  std::span<const std::byte> head;  // read to look at, and not yet given
  std::optional<Error> failure;     // of a read inside libarchive's call-back
  Sha256 stored_hash;
  Sha256 plain_hash;
  std::uint64_t stored_size = 0;
  std::uint64_t size = 0;
  ArchiveHandle filter;  // last: freeing it may still call back

  // Fills the buffer behind what is left of the head, as far as the blob goes: pieces of a pipe-like reader may be
  // small.
  Result<void> look() {
    std::ranges::copy(head, buffer.begin());
    std::size_t filled = head.size();
    while (filled < buffer.size()) {
      TRY(const auto n, blob->read(std::span(buffer).subspan(filled)));
      if (n == 0) break;
      filled += n;
    }
    head = std::span<const std::byte>(buffer).first(filled);
    return {};
  }

  // Passes over a zstd stream's first frames if they carry no data, as those of pzstd do. libarchive's filter passes
  // over later ones; by the first it knows zstd, but in its newer versions only if a frame with data begins within
  // 64 KiB (archive_read_support_filter_zstd.c).
  Result<void> skip_frames() {
    if (!is_skippable(head)) return {};
    while (is_skippable(head)) {
      std::uint64_t rest = kFrameHeader;
      for (std::size_t at = 4; at < std::min(kFrameHeader, head.size()); ++at)
        rest += std::to_integer<std::uint64_t>(head[at]) << (8 * (at - 4));
      while (rest > 0 && !head.empty()) {
        const auto piece = head.first(static_cast<std::size_t>(std::min<std::uint64_t>(rest, head.size())));
        if (hashing) stored_hash.update(piece);
        stored_size += piece.size();
        rest -= piece.size();
        head = head.subspan(piece.size());
        if (head.size() < kFrameHeader) TRY_DO(look());
      }
      if (rest > 0) return fail("uncompressing: it ends within a skippable frame");
    }
    return head.empty() || begins(head, kZstd) ? Result<void>{}
                                               : fail("uncompressing: no zstd frame follows a skippable one");
  }

  Result<std::span<const std::byte>> read_stored() {
    std::span<const std::byte> piece = std::exchange(head, {});
    if (piece.empty()) {
      TRY(const auto n, blob->read(buffer));
      piece = std::span<const std::byte>(buffer).first(n);
    }
    if (compressed && hashing) stored_hash.update(piece);
    stored_size += piece.size();
    return piece;
  }

  static la_ssize_t feed(archive* filter, void* self, const void** data) {
    auto* const impl = static_cast<Impl*>(self);
    const auto piece = impl->read_stored();
    if (!piece) {
      impl->failure = piece.error();
      archive_set_error(filter, EIO, "%s", "reading the blob");
      return ARCHIVE_FATAL;
    }
    *data = piece->data();
    return static_cast<la_ssize_t>(piece->size());
  }

  std::unexpected<Error> broken() {
    if (failure) return std::unexpected(*failure);
    return fail("uncompressing: " + archive_error(filter.get()));
  }

  Result<void> start_filter() {
    filter.reset(archive_read_new());
    archive_read_support_filter_gzip(filter.get());
    archive_read_support_filter_zstd(filter.get());
    archive_read_support_format_raw(filter.get());
    archive_read_support_format_empty(filter.get());
    if (archive_read_open(filter.get(), this, nullptr, feed, nullptr) != ARCHIVE_OK) return broken();
    archive_entry* entry = nullptr;
    const int status = archive_read_next_header(filter.get(), &entry);
    if (status != ARCHIVE_OK && status != ARCHIVE_EOF) return broken();
    ended = status == ARCHIVE_EOF;
    return {};
  }

  Result<std::span<const std::byte>> read_plain() {
    if (!compressed) return read_stored();
    const void* data = nullptr;
    std::size_t length = 0;
    la_int64_t offset = 0;
    int status = ARCHIVE_OK;
    while (status == ARCHIVE_OK && length == 0) status = archive_read_data_block(filter.get(), &data, &length, &offset);
    if (status == ARCHIVE_EOF) return std::span<const std::byte>{};
    if (status != ARCHIVE_OK) return broken();
    return std::span(static_cast<const std::byte*>(data), length);
  }
};

BlobStream::BlobStream(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
BlobStream::BlobStream(BlobStream&&) noexcept = default;
BlobStream& BlobStream::operator=(BlobStream&&) noexcept = default;
BlobStream::~BlobStream() = default;

bool is_compressed(std::span<const std::byte> head) {
  return begins(head, kGzip) || begins(head, kZstd) || is_skippable(head);
}

Result<BlobStream> BlobStream::open(std::unique_ptr<ByteReader> blob, Budget& budget, Hashing hashing) {
  BlobStream stream(std::make_unique<Impl>(std::move(blob), budget, hashing == Hashing::kOn));
  Impl& impl = *stream.impl_;
  TRY_DO(impl.look());
  impl.compressed = is_compressed(impl.head);
  if (!impl.compressed) return stream;
  TRY_DO(impl.skip_frames());
  TRY_DO(impl.start_filter());
  return stream;
}

Result<std::span<const std::byte>> BlobStream::read() {
  if (impl_->ended) return std::span<const std::byte>{};
  const auto piece = impl_->read_plain();
  if (!piece) return piece;
  impl_->ended = piece->empty();
  if (impl_->hashing) impl_->plain_hash.update(*piece);
  impl_->size += piece->size();
  TRY_DO(impl_->budget.charge_stream(piece->size()));
  return piece;
}

Result<StreamSummary> BlobStream::finish() {
  for (;;) {
    TRY(const auto piece, read());
    if (piece.empty()) break;
  }
  while (impl_->compressed) {  // the filters need not read behind the end of the compressed data
    TRY(const auto piece, impl_->read_stored());
    if (piece.empty()) break;
  }
  StreamSummary summary{{}, {}, impl_->stored_size, impl_->size};
  if (!impl_->hashing) return summary;
  summary.uncompressed = impl_->plain_hash.finish();
  summary.stored = impl_->compressed ? impl_->stored_hash.finish() : summary.uncompressed;
  return summary;
}

}  // namespace winnow
