// SPDX-License-Identifier: Apache-2.0
// Writes tars whose bytes depend on nothing but what is put in.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "image/store/blobs.h"
#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/index/index.h"

namespace winnow {

// Writes a pax tar as docker, containerd and umoci read it: numeric owners, no user names, no access times, extended
// attributes as SCHILY.xattr.
class TarWriter {
 public:
  // Appends to FD, which must outlive the writer.
  static Result<TarWriter> open(int fd);
  TarWriter(TarWriter&&) noexcept;
  TarWriter& operator=(TarWriter&&) noexcept;
  ~TarWriter();
  // Begins a member. If it is a file, write() must then be called with its content, ENTRY.size bytes in total. With
  // HARD_LINK, the path of an earlier member, ENTRY is another name for that one and has no content.
  Result<void> begin(const Entry& entry, const std::string& hard_link = {});
  Result<void> write(std::span<const std::byte> piece);
  // Add a regular file with all its content, mode 0644, owned by root, with time 0 (1970-01-01).
  Result<void> add_file(const std::string& path, std::string_view content);
  Result<void> add_file(const std::string& path, FileRange content);

  struct Summary {
    Digest digest;
    std::uint64_t size = 0;
  };
  // Ends the tar. To be called once.
  Result<Summary> finish();

 private:
  struct Impl;
  explicit TarWriter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Calls TAKE with all of CONTENT in pieces. An error of TAKE ends this and is returned.
template <class Take>
Result<void> each_piece(FileRange content, Take take) {
  std::vector<std::byte> buffer(std::size_t{128} << 10);
  for (;;) {
    TRY(const auto n, content.read(buffer));
    if (n == 0) return {};
    if (Result<void> taken = take(std::span<const std::byte>(buffer).first(n)); !taken) return taken;
  }
}

}  // namespace winnow
