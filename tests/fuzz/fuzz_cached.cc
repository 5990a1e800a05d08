// SPDX-License-Identifier: Apache-2.0
// Fuzz target: a layer as the cache keeps it, with a checksum that holds; what is read writes out and reads back the
// same.
#include "image/layer/layer_codec.h"
#include "target.h"
#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/base/path.h"

namespace {

using namespace winnow;

Result<LayerContents> decode(std::string_view bytes) {
  const Fd file = test::file_of(bytes);
  Budget budget({});
  return decode_layer(*FileRange::of(file.get()).value().reader(), budget);
}

std::string encode(const LayerContents& contents) {
  std::string bytes;
  test::require(encode_layer(contents, [&](std::span<const std::byte> piece) -> Result<void> {
                  bytes.append(reinterpret_cast<const char*>(piece.data()), piece.size());
                  return {};
                }).has_value());
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes(kLayerFormat);
  bytes += test::text_of(data, size);
  bytes += Digest::of(bytes).bytes();
  const auto contents = decode(bytes);
  if (!contents) return 0;
  for (const TarMember& member : contents->members) test::require(normal_path(member.entry.path) == member.entry.path);
  const std::string text = encode(*contents);
  const auto again = decode(text);
  test::require(again && encode(*again) == text);
  return 0;
}
