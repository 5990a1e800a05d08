// SPDX-License-Identifier: Apache-2.0
// Directories that programs look for shared objects in.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "winnow/index/index.h"

namespace winnow {

// What glibc's loader searches last, with Debian's multiarch ones (ld.so(8)).
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

// What one image tells its loaders; each list has a directory once, and is cut where nobody's is that long.
struct LoaderPaths {
  std::vector<std::string> environment;  // LD_LIBRARY_PATH of the config
  std::vector<std::string> glibc;        // /etc/ld.so.conf and what lies in ld.so.conf.d, then the last ones
  std::vector<std::string> musl;         // its path file, else what it searches without one (musl, ldso/dynlink.c)
};
LoaderPaths loader_paths(const Index& index);

}  // namespace winnow
