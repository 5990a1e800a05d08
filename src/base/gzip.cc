// SPDX-License-Identifier: Apache-2.0
// Over zlib, which counts in 32 bits.
#include "winnow/base/gzip.h"

#include <zlib.h>

#include <array>
#include <utility>

#include "winnow/base/text.h"

namespace winnow {
namespace {

constexpr int kGzip = 16 + MAX_WBITS;  // zlib.h: gzip instead of zlib
constexpr std::size_t kPiece = std::size_t{64} << 10;

Bytef* bytes_of(std::string_view text) {  // zlib does not write to its input
  return reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
}

}  // namespace

Result<std::string> gzip(std::string_view bytes) {
  z_stream stream{};
  if (::deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, kGzip, 9, Z_DEFAULT_STRATEGY) != Z_OK)
    return fail("zlib cannot be initialised");
  std::string out(::deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = bytes_of(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = bytes_of(out);
  stream.avail_out = static_cast<uInt>(out.size());
  const int ended = ::deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  ::deflateEnd(&stream);
  return ended == Z_STREAM_END ? Result<std::string>(std::move(out)) : fail("zlib cannot compress this");
}

Result<std::string> gunzip(std::string_view bytes, std::size_t most) {
  z_stream stream{};
  if (::inflateInit2(&stream, kGzip) != Z_OK) return fail("zlib cannot be initialised");
  stream.next_in = bytes_of(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string out;
  std::array<char, kPiece> piece{};
  int state = Z_OK;
  while (state == Z_OK && out.size() <= most) {
    stream.next_out = bytes_of({piece.data(), piece.size()});
    stream.avail_out = piece.size();
    state = ::inflate(&stream, Z_NO_FLUSH);
    out.append(piece.data(), piece.size() - stream.avail_out);
  }
  ::inflateEnd(&stream);
  if (out.size() > most) return fail("it unpacks to more than " + human_bytes(most));
  if (state != Z_STREAM_END) return fail("damaged gzip data");
  return out;
}

}  // namespace winnow
