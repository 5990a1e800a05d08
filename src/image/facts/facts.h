// SPDX-License-Identifier: Apache-2.0
// Takes the facts of one file while its content streams past, and keeps only as much of it in memory as they need.
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
  // SIZE is the file's size in bytes. Memory is borrowed from BUDGET; this may wait until some is free. PATH and BUDGET
  // must outlive the object.
  FactsTaker(std::string_view path, std::uint64_t size, Budget& budget);
  void add(std::span<const std::byte> piece);
  // To be called once, after the last piece. Returns null if there are no facts.
  [[nodiscard]] std::shared_ptr<const FileFacts> finish();

 private:
  enum class Wanted { kHead, kText, kNpm, kConda, kJar };  // kHead: only the beginning; the others: all content
  void want(std::size_t limit);                            // from now on keeps all content, at most LIMIT bytes

  Budget& budget_;
  Budget::Loan loan_;  // for head_
  std::string_view path_;
  std::uint64_t size_;
  bool zeros_;  // all bytes so far are 0, and the file is large enough for FileFacts::zeros
  Wanted wanted_ = Wanted::kHead;
  std::size_t limit_ = kMaxShebang;  // how many bytes from the beginning are kept
  std::vector<char> head_;
};

// Returns how many bytes of memory FACTS take, for the image's budget.
std::size_t bytes_of(const FileFacts& facts);

}  // namespace winnow
