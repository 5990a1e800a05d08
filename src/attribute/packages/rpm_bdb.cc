// SPDX-License-Identifier: Apache-2.0
// Packages: pages of keys and values in turn; a value that does not fit its page is a chain of overflow pages.
#include <bit>

#include "attribute/packages/numbers.h"
#include "attribute/packages/rpm.h"

namespace winnow {
namespace {

constexpr std::uint32_t kHashMagic = 0x061561;
constexpr std::size_t kPageHeader = 26;
constexpr std::uint8_t kUnsortedHash = 2, kHash = 13, kOverflow = 7;  // types of pages
constexpr std::uint8_t kInPage = 1, kOffPage = 3;                     // types of items

class HashFile {
 public:
  HashFile(std::string_view file, std::size_t page_size) : file_(file), page_size_(page_size), budget_(file.size()) {}

  Damage each(const SeeHeader& see) {
    for (std::size_t page = 1; (page + 1) * page_size_ <= file_.size(); ++page) {
      const std::string_view bytes = file_.substr(page * page_size_, page_size_);
      const auto type = little_endian<std::uint8_t>(bytes, 25);
      if (type != kUnsortedHash && type != kHash) continue;
      const std::size_t items = little_endian<std::uint16_t>(bytes, 20).value_or(0);
      for (std::size_t item = 1; item < items; item += 2)  // the key before it is a number
        if (auto damage = value(bytes, item, see)) return damage;
    }
    return std::nullopt;
  }

 private:
  // Items stand at the end of the page, the first one last; their places at its beginning.
  Damage value(std::string_view page, std::size_t item, const SeeHeader& see) {
    const std::size_t at = little_endian<std::uint16_t>(page, kPageHeader + 2 * item).value_or(0);
    const std::size_t end = little_endian<std::uint16_t>(page, kPageHeader + 2 * (item - 1)).value_or(0);
    const auto type = little_endian<std::uint8_t>(page, at);
    if (type == kInPage && at < end && end <= page.size()) {
      const std::string_view bytes = page.substr(at + 1, end - at - 1);
      if (!budget_.take(bytes.size())) return kTooMuch;
      see(bytes);  // of key 0 a number, which is no header
      return std::nullopt;
    }
    if (type != kOffPage) return "a value is of an unknown kind";
    const auto first = little_endian<std::uint32_t>(page, at + 4);
    const auto length = little_endian<std::uint32_t>(page, at + 8);
    if (!first || !length || !budget_.take(*length)) return kTooMuch;
    return chain(*first, *length, see);
  }

  Damage chain(std::size_t page, std::size_t length, const SeeHeader& see) const {
    std::string bytes;
    while (bytes.size() < length) {
      if (page == 0 || (page + 1) * page_size_ > file_.size()) return "a value ends too early";
      const std::string_view next = file_.substr(page * page_size_, page_size_);
      const std::size_t used = little_endian<std::uint16_t>(next, 22).value_or(0);
      if (little_endian<std::uint8_t>(next, 25) != kOverflow || used == 0 || used > page_size_ - kPageHeader)
        return "a value leads to a page of another kind";
      bytes += next.substr(kPageHeader, used);
      page = little_endian<std::uint32_t>(next, 16).value_or(0);
    }
    see(std::string_view(bytes).substr(0, length));
    return std::nullopt;
  }

  std::string_view file_;
  std::size_t page_size_;
  HeaderBudget budget_;
};

}  // namespace

Damage each_in_bdb(std::string_view file, const SeeHeader& see) {
  if (little_endian<std::uint32_t>(file, 12) != kHashMagic) return "it is no hash in this machine's byte order";
  const std::size_t page_size = little_endian<std::uint32_t>(file, 20).value_or(0);
  if (page_size < 512 || page_size > 65536 || !std::has_single_bit(page_size)) return "its page size";
  return HashFile(file, page_size).each(see);
}

}  // namespace winnow
