// SPDX-License-Identifier: Apache-2.0
// Over OpenSSL for base64; base/ has gzip.
#include "store/payload.h"

#include <openssl/evp.h>

#include "winnow/base/gzip.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

constexpr std::size_t kMaxUnpacked = std::size_t{128} << 20;  // ten times what an agent keeps of an image

unsigned char* bytes_of(std::string_view text) {  // OpenSSL does not write to its input
  return reinterpret_cast<unsigned char*>(const_cast<char*>(text.data()));
}

}  // namespace

Result<std::string> pack(std::string_view text) {
  if (text.size() > kMaxUnpacked) return fail("a profile of more than " + human_bytes(kMaxUnpacked));
  TRY(const auto small, gzip(text));
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
  return gunzip(bytes, kMaxUnpacked);
}

}  // namespace winnow
