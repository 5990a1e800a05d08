// SPDX-License-Identifier: Apache-2.0
// What a fuzz target is to libFuzzer and to the replay loop.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "winnow/base/file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace winnow::test {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// What must hold whatever the input is.
inline void require(bool holds) {
  if (!holds) std::abort();
}

inline Fd file_of(std::string_view data) {
  Fd file(::memfd_create("winnow-fuzz", MFD_CLOEXEC));
  require(write_all(file.get(), data) && ::lseek(file.get(), 0, SEEK_SET) == 0);
  return file;
}

}  // namespace winnow::test
