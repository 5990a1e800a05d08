// SPDX-License-Identifier: Apache-2.0
// The directories in which loaders search shared objects.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "winnow/index/index.h"

namespace winnow {

// The directories that glibc's loader searches last (ld.so(8)), with Debian's multiarch directories.
inline constexpr std::string_view kLibraryDirs[] = {
    "/lib",
    "/usr/lib",
    "/lib64",
    "/usr/lib64",
    "/usr/local/lib",
    "/lib/x86_64-linux-gnu",
    "/usr/lib/x86_64-linux-gnu",
    "/lib/aarch64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/lib/i386-linux-gnu",
    "/usr/lib/i386-linux-gnu",
};

// The directories that the loaders of one image search, in their order. From config and files at most 256 directories
// of each kind are taken, each once, and at most 64 KiB of text are read.
struct LoaderPaths {
  std::vector<std::string> environment;  // of LD_LIBRARY_PATH in the image's config
  std::vector<std::string> glibc;        // of /etc/ld.so.conf and ld.so.conf.d, then kLibraryDirs
  std::vector<std::string> musl;         // of musl's path file; without one, its default (musl, ldso/dynlink.c)
};
LoaderPaths loader_paths(const Index& index);

}  // namespace winnow
