// SPDX-License-Identifier: Apache-2.0
// Takes libarchive's output to a descriptor, and computes its digest and size.
#pragma once

#include <optional>

#include "image/layer/archive_handle.h"
#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"

namespace winnow {

class ArchiveSink {
 public:
  explicit ArchiveSink(int fd) : fd_(fd) {}
  // The callback for archive_write_open(); SELF, its client data, is the sink.
  static la_ssize_t write(archive* handle, void* self, const void* data, std::size_t length) {
    auto* const sink = static_cast<ArchiveSink*>(self);
    if (sink->failure_) return -1;
    const std::span piece(static_cast<const std::byte*>(data), length);
    if (auto written = write_all(sink->fd_, piece); !written) {
      sink->failure_ = written.error();
      archive_set_error(handle, EIO, "%s", "writing the output");
      return -1;
    }
    sink->hash_.update(piece);
    sink->size_ += length;
    return static_cast<la_ssize_t>(length);
  }
  // Returns the error "WHAT: ..." for a failure of HANDLE; if the sink itself failed, the sink's error.
  [[nodiscard]] std::unexpected<Error> failure(archive* handle, const std::string& what) const {
    return failure_ ? std::unexpected(*failure_) : fail(what + ": " + archive_error(handle));
  }
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] Digest finish() { return hash_.finish(); }  // once

 private:
  int fd_;
  Sha256 hash_;
  std::uint64_t size_ = 0;
  std::optional<Error> failure_;
};

}  // namespace winnow
