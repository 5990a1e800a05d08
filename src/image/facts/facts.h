// SPDX-License-Identifier: Apache-2.0
// Takes the facts of one file while its content streams past, with no more of it in memory than they need.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "image/limits.h"
#include "winnow/index/index.h"

namespace winnow {

class FactsTaker {
 public:
  // Borrows the memory that it needs from BUDGET, which must outlive it, as PATH must; may wait for it.
  FactsTaker(std::string_view path, std::uint64_t size, Budget& budget);
  void add(std::span<const std::byte> piece);
  // After the last piece, once: the facts, or null when there is nothing to say.
  [[nodiscard]] std::shared_ptr<const FileFacts> finish();

 private:
  enum class Wanted { kHead, kText, kNpm, kConda, kJar };  // all but the first want the whole content
  void want(std::size_t limit);                            // the whole content, which is not larger than LIMIT

  Budget& budget_;
  Budget::Loan loan_;  // for head_
  std::string_view path_;
  std::uint64_t size_;
  bool zeros_;  // nothing else so far, and enough of them to count
  Wanted wanted_ = Wanted::kHead;
  std::size_t limit_ = kMaxShebang;  // how much of the beginning is kept
  std::vector<char> head_;
};

// Bytes of memory that FACTS take, for the image's budget.
std::size_t bytes_of(const FileFacts& facts);

}  // namespace winnow
