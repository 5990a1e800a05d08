// SPDX-License-Identifier: Apache-2.0
// An image's merged tree as files on disk, for a container to run on.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "winnow/base/error.h"
#include "winnow/image/image.h"

namespace winnow {

struct Unpacked {
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;  // content of files, each hard-link group once
  // What this file system or these privileges did not allow: a device node, an attribute. A sentence each, without the
  // escapes of terminals; at most kMaxLeftOut of them are told, all are counted.
  std::vector<std::string> left_out;
  std::uint64_t left_out_count = 0;
};
inline constexpr std::size_t kMaxLeftOut = 16;

// Makes DIRECTORY, which has to be there and empty, the directory FROM of IMAGE with all that is below it: content,
// owners, modes, hard links, symbolic links, nodes, attributes, times. FROM is a path of the index, without links.
// Needs root. Nothing is followed, nothing outside DIRECTORY is touched whatever the image says; nobody else may write
// there meanwhile. Once INTERRUPTED is set it fails. After an error what was made so far is left.
Result<Unpacked> unpack(const Image& image, const std::string& directory, std::string_view from = "/",
                        const std::atomic<bool>* interrupted = nullptr);

}  // namespace winnow
