// SPDX-License-Identifier: Apache-2.0
// Every bound that is put on hostile images, in one place, and the budget that the parts of one image share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "winnow/base.h"

namespace winnow {

inline constexpr std::size_t kMaxLayers = 512;                     // engines stop at 127
inline constexpr std::size_t kMaxArchiveMembers = 65'536;          // of a docker-archive or OCI archive
inline constexpr std::size_t kMaxEntries = 2'000'000;              // members of all layers of an image
inline constexpr std::size_t kMaxMetadata = std::size_t{1} << 30;  // names, targets, xattrs and facts of an image
inline constexpr std::size_t kMaxDocument = std::size_t{16}
                                            << 20;  // a manifest, index or config; registries allow 4 MiB
inline constexpr std::size_t kMaxJsonDepth = 64;
inline constexpr std::uint64_t kMaxStream = std::uint64_t{64} << 30;  // a blob, uncompressed
inline constexpr std::uint64_t kMaxHoles = std::uint64_t{4}
                                           << 30;  // of sparse files of a layer: bytes that are not stored
inline constexpr std::size_t kMaxPath = 4096;      // PATH_MAX, limits.h(0P)
inline constexpr std::size_t kMaxName = 255;       // NAME_MAX
inline constexpr std::size_t kMaxXattrs = std::size_t{256} << 10;  // names and values of one entry
inline constexpr int kMaxLinks = 40;                               // MAXSYMLINKS, path_resolution(7)
inline constexpr std::size_t kMaxElf = std::size_t{512} << 20;     // larger ELF files give no facts
inline constexpr std::size_t kMaxNeeded = 4096;                // DT_NEEDED entries and search directories of one file
inline constexpr std::size_t kMaxShebang = 4096;               // the kernel reads 256 bytes (BINPRM_BUF_SIZE)
inline constexpr std::size_t kMaxText = std::size_t{1} << 20;  // larger database files give no facts

// What the entries of one image have cost so far.
class Budget {
 public:
  Result<void> charge(std::size_t bytes) {
    bytes_ += bytes;
    if (++entries_ > kMaxEntries) return fail("more than " + std::to_string(kMaxEntries) + " entries");
    if (bytes_ > kMaxMetadata) return fail("names and attributes take more than " + human_bytes(kMaxMetadata));
    return {};
  }

 private:
  std::size_t entries_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace winnow
