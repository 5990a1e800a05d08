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
  // What the file system or the privileges of this process did not allow: a device node, an extended attribute. One
  // line for each ("PATH: why"), safe for a terminal. Only the first kMaxLeftOut are listed; all are counted.
  std::vector<std::string> left_out;
  std::uint64_t left_out_count = 0;
};
inline constexpr std::size_t kMaxLeftOut = 16;

// Unpacks the directory FROM of IMAGE, with all that is below it, into DIRECTORY: content, owners, modes, hard links,
// symbolic links, device nodes, FIFOs, extended attributes and modification times. DIRECTORY must exist and be empty,
// and gets the owner, mode and time of FROM. FROM is the path of an entry, with no link on the way to it. Needs root.
// No link is followed and nothing outside DIRECTORY is touched, whatever the image holds; nobody else may write to
// DIRECTORY meanwhile. Fails once INTERRUPTED is set. After an error, DIRECTORY holds what was unpacked so far.
Result<Unpacked> unpack(const Image& image, const std::string& directory, std::string_view from = "/",
                        const std::atomic<bool>* interrupted = nullptr);

}  // namespace winnow
