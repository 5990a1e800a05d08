// SPDX-License-Identifier: Apache-2.0
// SHA-256 digests, as images name their parts.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "winnow/base/error.h"

namespace winnow {

// A SHA-256 digest as images write it: "sha256:" and 64 lower-case hex digits (OCI image-spec, descriptor.md).
class Digest {
 public:
  Digest() = default;                                  // the empty digest: !valid()
  static Result<Digest> parse(std::string_view text);  // error: TEXT has not exactly this form
  static Digest of(std::string_view data);
  static Digest from_bytes(std::span<const std::uint8_t, 32> bytes);
  [[nodiscard]] std::string str() const;          // "sha256:<hex>", or "" when not valid
  [[nodiscard]] std::string hex() const;          // the 64 digits alone, or "" when not valid
  [[nodiscard]] std::string short_hex() const;    // the first 12 hex digits, as engines print ids
  [[nodiscard]] std::string_view bytes() const {  // the 32 bytes; all are 0 when not valid
    return {reinterpret_cast<const char*>(bytes_), sizeof bytes_};
  }
  [[nodiscard]] bool valid() const { return valid_; }
  auto operator<=>(const Digest&) const = default;

 private:
  std::uint8_t bytes_[32] = {};
  bool valid_ = false;
};

// Incremental SHA-256 (OpenSSL EVP).
class Sha256 {
 public:
  Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  ~Sha256();
  void update(std::span<const std::byte> data);
  [[nodiscard]] Digest finish();  // to be called once, after the last update()

 private:
  void* context_;  // EVP_MD_CTX
};

}  // namespace winnow
