// SPDX-License-Identifier: Apache-2.0
// gzip and zstd by libarchive's filters over its raw format, which is one file's bytes and nothing else.
#include "image/write/compress.h"

#include "image/layer/archive_handle.h"
#include "image/write/archive_sink.h"
#include "image/write/tar_writer.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"

namespace winnow {
namespace {

// The filter of HANDLE, and the one member of its raw format. Without "timestamp", gzip's header says no time.
bool start(archive* handle, Compression compression, ArchiveSink& sink) {
  const bool gzip = compression == Compression::kGzip;
  if ((gzip ? archive_write_add_filter_gzip(handle) : archive_write_add_filter_zstd(handle)) != ARCHIVE_OK)
    return false;
  if (gzip && archive_write_set_filter_option(handle, "gzip", "timestamp", nullptr) != ARCHIVE_OK) return false;
  const ArchiveEntryHandle member(archive_entry_new());
  archive_entry_set_filetype(member.get(), AE_IFREG);
  return archive_write_set_format_raw(handle) == ARCHIVE_OK &&
         archive_write_set_bytes_in_last_block(handle, 1) == ARCHIVE_OK &&
         archive_write_open(handle, &sink, nullptr, ArchiveSink::write, nullptr) == ARCHIVE_OK &&
         archive_write_header(handle, member.get()) == ARCHIVE_OK;
}

}  // namespace

Result<Blob> compress(const NewLayer& layer, Compression compression) {
  TRY(auto content, FileRange::of(layer.tar.get()));
  if (compression == Compression::kNone) return Blob{std::move(content), layer.diff_id, layer.size};
  TRY(const auto file, open_temporary());
  ArchiveSink sink(file.get());
  const ArchiveHandle handle(archive_write_new());  // behind the sink: freeing it may still call back
  const auto broken = [&] { return sink.failure(handle.get(), "compressing a layer"); };
  if (!start(handle.get(), compression, sink)) return broken();
  TRY_DO(each_piece(std::move(content), [&](std::span<const std::byte> piece) -> Result<void> {
    const la_ssize_t n = archive_write_data(handle.get(), piece.data(), piece.size());
    return n == static_cast<la_ssize_t>(piece.size()) ? Result<void>() : broken();
  }));
  if (archive_write_close(handle.get()) != ARCHIVE_OK) return broken();
  TRY(auto compressed, FileRange::of(file.get()));
  return Blob{std::move(compressed), sink.finish(), sink.size()};
}

}  // namespace winnow
