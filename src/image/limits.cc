// SPDX-License-Identifier: Apache-2.0
// The budget of one image: what is over it is refused, and the error says which limit to move.
#include "image/limits.h"

#include <fmt/format.h>

#include "winnow/base/error.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

std::unexpected<Error> over(std::string what, std::string_view flag) {
  return fail(std::move(what), fmt::format("if you trust the image, raise the limit with {}", flag));
}

}  // namespace

Result<void> Budget::charge(std::size_t bytes) {
  if (++entries_ > limits_.entries)
    return over(fmt::format("the layers hold more than {} entries", limits_.entries), "--max-entries");
  if ((metadata_ += bytes) > limits_.metadata)
    return over("names and attributes take more than " + human_bytes(limits_.metadata), "--max-metadata");
  return {};
}

Result<void> Budget::charge_stream(std::uint64_t bytes) {
  if ((stream_ += bytes) <= limits_.bytes) return {};
  return over("the layers are more than " + human_bytes(limits_.bytes) + " when uncompressed", "--max-bytes");
}

Result<void> Budget::charge_holes(std::uint64_t bytes) {
  if ((holes_ += bytes) <= limits_.holes) return {};
  return over("sparse files with holes of more than " + human_bytes(limits_.holes), "--max-holes");
}

Result<void> Budget::charge_step() {
  return ++steps_ <= kMaxSteps ? Result<void>() : fail("links on the way to its members lead through too many others");
}

Budget::Loan Budget::borrow(std::size_t bytes) {
  static_assert(kMaxElf <= kMaxLent && kMaxJar <= kMaxLent && kMaxPackageData <= kMaxLent);
  std::unique_lock lock(mutex_);
  returned_.wait(lock, [&] { return bytes <= kMaxLent - lent_; });
  lent_ += bytes;
  return {*this, bytes};
}

void Budget::give_back(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  lent_ -= bytes;
  returned_.notify_all();
}

Budget::Loan& Budget::Loan::operator=(Loan&& other) noexcept {
  if (budget_ != nullptr) budget_->give_back(bytes_);
  budget_ = std::exchange(other.budget_, nullptr);
  bytes_ = other.bytes_;
  return *this;
}

Budget::Loan::~Loan() {
  if (budget_ != nullptr) budget_->give_back(bytes_);
}

}  // namespace winnow
