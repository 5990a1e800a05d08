// SPDX-License-Identifier: Apache-2.0
// SHA-256 digests: parsing, printing, and hashing through OpenSSL.
#include "winnow/base/digest.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cstring>

#include "winnow/base/error.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

constexpr std::string_view kAlgorithm = "sha256:";
constexpr std::string_view kHexDigits = "0123456789abcdef";

EVP_MD_CTX* context_of(void* context) { return static_cast<EVP_MD_CTX*>(context); }

}  // namespace

Result<Digest> Digest::parse(std::string_view text) {
  if (!text.starts_with(kAlgorithm) || text.size() != kAlgorithm.size() + 64)
    return fail("not a sha256 digest: \"" + printable(text.substr(0, 100)) + "\"");
  text.remove_prefix(kAlgorithm.size());
  Digest digest;
  for (std::size_t i = 0; i < 64; ++i) {
    const auto value = kHexDigits.find(text[i]);
    if (value == std::string_view::npos) return fail("not a sha256 digest: \"" + printable(text) + "\"");
    digest.bytes_[i / 2] = static_cast<std::uint8_t>(unsigned{digest.bytes_[i / 2]} << 4 | value);
  }
  digest.valid_ = true;
  return digest;
}

Digest Digest::of(std::string_view data) {
  Sha256 hash;
  hash.update(std::as_bytes(std::span(data.data(), data.size())));
  return hash.finish();
}

Digest Digest::from_bytes(std::span<const std::uint8_t, 32> bytes) {
  Digest digest;
  std::ranges::copy(bytes, digest.bytes_);
  digest.valid_ = true;
  return digest;
}

std::string Digest::hex() const {
  std::string text;
  if (!valid_) return text;
  for (const std::uint8_t byte : bytes_) {
    text += kHexDigits[byte >> 4];
    text += kHexDigits[byte & 15];
  }
  return text;
}

std::string Digest::str() const { return valid_ ? std::string(kAlgorithm) + hex() : std::string(); }

std::string Digest::short_hex() const { return hex().substr(0, 12); }

Sha256::Sha256() : context_(EVP_MD_CTX_new()) { EVP_DigestInit_ex(context_of(context_), EVP_sha256(), nullptr); }
Sha256::Sha256(Sha256&& other) noexcept : context_(std::exchange(other.context_, nullptr)) {}
Sha256& Sha256::operator=(Sha256&& other) noexcept {
  std::swap(context_, other.context_);
  return *this;
}
Sha256::~Sha256() { EVP_MD_CTX_free(context_of(context_)); }

void Sha256::update(std::span<const std::byte> data) {
  EVP_DigestUpdate(context_of(context_), data.data(), data.size());
}

Digest Sha256::finish() {
  std::uint8_t bytes[32] = {};
  unsigned length = 0;
  EVP_DigestFinal_ex(context_of(context_), bytes, &length);
  return Digest::from_bytes(bytes);
}

}  // namespace winnow
