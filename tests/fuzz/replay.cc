// SPDX-License-Identifier: Apache-2.0
// Runs a fuzz target over every file of a directory, for builds without libFuzzer.
#include <cstdio>
#include <filesystem>

#include "target.h"
#include "winnow/base/file.h"

int main(int argc, char** argv) {
  std::size_t files = 0;
  for (int i = 1; i < argc; ++i) {
    for (const auto& file : std::filesystem::directory_iterator(argv[i])) {
      const auto data = winnow::read_file(file.path().string());
      if (!data) {
        std::fprintf(stderr, "%s\n", data.error().what.c_str());
        return 1;
      }
      std::printf("%s\n", file.path().c_str());
      std::fflush(stdout);  // the last name printed is the one that crashes
      LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(data->data()), data->size());
      ++files;
    }
  }
  std::printf("%zu inputs\n", files);
  return files == 0 ? 1 : 0;
}
