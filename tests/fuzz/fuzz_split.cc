// SPDX-License-Identifier: Apache-2.0
// Fuzz target: a tar-split file beside a directory of a few files and a link that leads out; it stays inside.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image/store/tar_split.h"
#include "support/image_builder.h"
#include "target.h"
#include "winnow/base/digest.h"
#include "winnow/base/file.h"

namespace {

using namespace winnow;

// What the file beside the directory holds: nothing that an input could say by itself.
const std::string& secret() {
  static const std::string kSecret = Digest::of(test::TemporaryDirectory().path()).hex();
  return kSecret;
}

const test::TemporaryDirectory& place() {
  static const test::TemporaryDirectory kPlace;
  static const bool kMade = [] {
    (void)kPlace.write("outside", secret());
    test::require(::mkdir((kPlace / "layer").c_str(), 0755) == 0);
    (void)kPlace.write("layer/a", "inside");
    test::require(::symlink("../outside", (kPlace / "layer/out").c_str()) == 0);
    return ::symlink("..", (kPlace / "layer/up").c_str()) == 0;
  }();
  test::require(kMade);
  return kPlace;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Fd file = test::file_of(test::text_of(data, size));
  auto directory = open_file(place() / "layer", O_RDONLY | O_DIRECTORY);
  auto opened = open_tar_split(FileRange::of(file.get()).value().reader(), std::move(*directory));
  if (!opened) return 0;
  std::string all;
  std::vector<std::byte> buffer(4096);
  while (all.size() < (1u << 20)) {
    const auto n = (*opened)->read(buffer);
    if (!n || *n == 0) break;
    all.append(reinterpret_cast<const char*>(buffer.data()), *n);
  }
  test::require(all.find(secret()) == std::string::npos);
  return 0;
}
