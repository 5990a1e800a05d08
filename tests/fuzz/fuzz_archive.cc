// SPDX-License-Identifier: Apache-2.0
// Fuzz target: a whole docker-archive or OCI archive; what opens can also be read and written again.
#include <numeric>

#include "target.h"
#include "winnow/image/write.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace winnow;
  const auto image = Image::open_archive(test::file_of(test::text_of(data, size)));
  if (!image) {
    test::require(!image.error().what.empty());
    return 0;
  }
  std::vector<EntryId> all(image->index().entries.size());
  std::iota(all.begin(), all.end(), EntryId{0});
  test::require(write_layer(*image, {.kept = all}).has_value());
  return 0;
}
