// SPDX-License-Identifier: Apache-2.0
// zlib compresses, OpenSSL encodes.
#include "store/payload.h"

#include <openssl/evp.h>
#include <zlib.h>

#include <array>

#include "winnow/base/text.h"

namespace winnow {
namespace {

constexpr std::size_t kMaxUnpacked = std::size_t{128} << 20;  // ten times what an agent keeps of an image
constexpr int kGzip = 16 + MAX_WBITS;                         // zlib.h: gzip instead of zlib
constexpr std::size_t kPiece = std::size_t{64} << 10;

unsigned char* bytes_of(std::string_view text) {  // neither library writes to its input
  return reinterpret_cast<unsigned char*>(const_cast<char*>(text.data()));
}

Result<std::string> zipped(std::string_view text) {
  z_stream stream{};
  if (::deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, kGzip, 9, Z_DEFAULT_STRATEGY) != Z_OK)
    return fail("zlib cannot be initialised");
  std::string out(::deflateBound(&stream, text.size()), '\0');
  stream.next_in = bytes_of(text);
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = bytes_of(out);
  stream.avail_out = static_cast<uInt>(out.size());
  const int ended = ::deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  ::deflateEnd(&stream);
  return ended == Z_STREAM_END ? Result<std::string>(std::move(out)) : fail("compressing a profile failed");
}

Result<std::string> unzipped(std::string_view bytes) {
  z_stream stream{};
  if (::inflateInit2(&stream, kGzip) != Z_OK) return fail("zlib cannot be initialised");
  stream.next_in = bytes_of(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string out;
  std::array<char, kPiece> piece{};
  int state = Z_OK;
  while (state == Z_OK && out.size() <= kMaxUnpacked) {
    stream.next_out = bytes_of({piece.data(), piece.size()});
    stream.avail_out = piece.size();
    state = ::inflate(&stream, Z_NO_FLUSH);
    out.append(piece.data(), piece.size() - stream.avail_out);
  }
  ::inflateEnd(&stream);
  if (out.size() > kMaxUnpacked) return fail("it unpacks to more than " + human_bytes(kMaxUnpacked));
  if (state != Z_STREAM_END) return fail("damaged gzip data");
  return out;
}

}  // namespace

Result<std::string> pack(std::string_view text) {
  if (text.size() > kMaxUnpacked) return fail("a profile of more than " + human_bytes(kMaxUnpacked));
  TRY(const auto small, zipped(text));
  std::string encoded((small.size() + 2) / 3 * 4 + 1, '\0');
  const int size = ::EVP_EncodeBlock(bytes_of(encoded), bytes_of(small), static_cast<int>(small.size()));
  encoded.resize(static_cast<std::size_t>(size));
  return encoded;
}

Result<std::string> unpack(std::string_view text) {
  if (text.size() % 4 != 0 || text.empty() || text.size() > kMaxUnpacked) return fail("damaged base64 text");
  std::string bytes(text.size() / 4 * 3, '\0');
  const int size = ::EVP_DecodeBlock(bytes_of(bytes), bytes_of(text), static_cast<int>(text.size()));
  if (size < 0) return fail("damaged base64 text");
  const std::size_t padding = text.ends_with("==")  ? 2
                              : text.ends_with('=') ? 1
                                                    : 0;  // the function counts it as bytes
  bytes.resize(static_cast<std::size_t>(size) - padding);
  return unzipped(bytes);
}

}  // namespace winnow
