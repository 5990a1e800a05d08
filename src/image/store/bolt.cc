// SPDX-License-Identifier: Apache-2.0
// bbolt's page layout: a 16-byte header (id, flags, count, overflow), then elements that point forward into the page.
#include "image/store/bolt.h"

#include <fmt/format.h>

#include <bit>
#include <cstring>

#include "winnow/base/error.h"

namespace winnow {
namespace {

static_assert(std::endian::native == std::endian::little, "bbolt files are in the byte order of their machine");

constexpr std::size_t kPageHeader = 16;
constexpr std::uint16_t kBranchPage = 0x01;
constexpr std::uint16_t kLeafPage = 0x02;
constexpr std::uint16_t kMetaPage = 0x04;
constexpr std::uint32_t kMagic = 0xED0CDAED;
constexpr std::uint32_t kVersion = 2;
constexpr std::uint32_t kBucketLeaf = 0x01;
constexpr std::size_t kElement = 16;       // bytes of a branch or leaf element
constexpr std::size_t kBucketHeader = 16;  // root page and sequence
constexpr int kMaxDepth = 64;

// A number at OFFSET; the caller has checked that it is there.
template <class Number>
Number at(std::string_view bytes, std::size_t offset) {
  Number number;
  std::memcpy(&number, bytes.data() + offset, sizeof number);
  return number;
}

std::unexpected<Error> damaged(std::string_view what) {
  return fail(fmt::format("a damaged bbolt database: {}", what));
}

// Meta page, after the page header: magic, version, page size, flags, root bucket (page, sequence), freelist,
// high-water mark, transaction, checksum (FNV-1a of what is before it).
struct Meta {
  std::uint32_t page_size = 0;
  std::uint64_t root = 0;
  std::uint64_t transaction = 0;
};
constexpr std::size_t kMetaSize = 64;

std::optional<Meta> read_meta(std::string_view bytes, std::size_t offset) {
  if (offset > bytes.size() || bytes.size() - offset < kPageHeader + kMetaSize) return std::nullopt;
  if ((at<std::uint16_t>(bytes, offset + 8) & kMetaPage) == 0) return std::nullopt;
  const std::string_view meta = bytes.substr(offset + kPageHeader, kMetaSize);
  if (at<std::uint32_t>(meta, 0) != kMagic || at<std::uint32_t>(meta, 4) != kVersion) return std::nullopt;
  std::uint64_t sum = 0xcbf29ce484222325;
  for (const char c : meta.substr(0, 56)) sum = (sum ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  if (sum != at<std::uint64_t>(meta, 56)) return std::nullopt;
  return Meta{at<std::uint32_t>(meta, 8), at<std::uint64_t>(meta, 16), at<std::uint64_t>(meta, 48)};
}

}  // namespace

Result<Bolt> Bolt::open(std::string bytes) {
  const auto first = read_meta(bytes, 0);
  // The second is where the first says that pages end; when the first is damaged, at one of the usual sizes.
  std::optional<Meta> second;
  for (std::size_t size = 1024; size <= 65536 && !second; size *= 2)
    if (!first || size == first->page_size) second = read_meta(bytes, size);
  if (!first && !second) return fail("not a bbolt database, or one whose two meta pages are damaged");
  const Meta& meta = !first || (second && second->transaction > first->transaction) ? *second : *first;
  if (meta.page_size < 512 || meta.page_size > 65536 || !std::has_single_bit(meta.page_size))
    return damaged("its page size");
  Bolt bolt;
  bolt.bytes_ = std::move(bytes);
  bolt.page_size_ = meta.page_size;
  bolt.root_.root = meta.root;
  return bolt;
}

Result<std::string_view> Bolt::page(std::uint64_t id) const {
  const std::string_view bytes = bytes_;
  const std::uint64_t pages = bytes.size() / page_size_;
  if (id >= pages) return damaged("a page behind its end");
  const std::size_t offset = id * page_size_;
  const std::uint64_t overflow = at<std::uint32_t>(bytes, offset + 12);
  if (at<std::uint64_t>(bytes, offset) != id || overflow >= pages - id)
    return damaged("a page with the number of another one");
  return bytes.substr(offset, (overflow + 1) * page_size_);
}

// LEFT: bytes of pages. Every page stands in one place of one bucket, so that there are no more than the file has.
Result<bool> Bolt::walk(std::string_view page, int depth, std::size_t& left,
                        const std::function<bool(const Item&)>& see) const {
  if (depth > kMaxDepth || page.size() > left) return damaged("pages that lead to themselves");
  left -= page.size();
  if (page.size() < kPageHeader) return damaged("a page without a header");
  const auto flags = at<std::uint16_t>(page, 8);
  const std::size_t count = at<std::uint16_t>(page, 10);
  if ((page.size() - kPageHeader) / kElement < count) return damaged("a page with more than it can hold");
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t element = kPageHeader + i * kElement;
    if ((flags & kBranchPage) != 0) {  // position, key size, page
      TRY(const auto below, this->page(at<std::uint64_t>(page, element + 8)));
      const auto more = walk(below, depth + 1, left, see);
      if (!more || !*more) return more;
    } else if ((flags & kLeafPage) != 0) {  // flags, position, key size, value size
      const std::uint64_t key = element + std::uint64_t{at<std::uint32_t>(page, element + 4)};
      const std::uint64_t key_size = at<std::uint32_t>(page, element + 8);
      const std::uint64_t value_size = at<std::uint32_t>(page, element + 12);
      if (key > page.size() || key_size > page.size() - key || value_size > page.size() - key - key_size)
        return damaged("an item behind the end of its page");
      if (!see({page.substr(key, key_size), page.substr(key + key_size, value_size),
                (at<std::uint32_t>(page, element) & kBucketLeaf) != 0}))
        return false;
    } else {
      return damaged("a page of an unknown kind");
    }
  }
  return true;
}

Result<void> Bolt::each(const Bucket& bucket, const std::function<bool(const Item&)>& see) const {
  std::size_t left = bytes_.size();
  TRY(const auto first, bucket.root == 0 ? Result<std::string_view>(bucket.inline_page) : page(bucket.root));
  const auto walked = walk(first, 0, left, see);
  return walked ? Result<void>() : std::unexpected(walked.error());
}

Result<Bolt::Bucket> Bolt::bucket_of(std::string_view value) const {
  if (value.size() < kBucketHeader) return damaged("a bucket without a header");
  return Bucket{at<std::uint64_t>(value, 0), value.substr(kBucketHeader)};
}

Result<std::optional<Bolt::Bucket>> Bolt::bucket(const Bucket& in, std::string_view key) const {
  std::optional<std::string_view> header;
  TRY_DO(each(in, [&](const Item& item) {
    if (item.is_bucket && item.key == key) header = item.value;
    return !header;
  }));
  if (!header) return std::nullopt;
  TRY(const auto found, bucket_of(*header));
  return found;
}

Result<std::optional<std::string_view>> Bolt::value(const Bucket& in, std::string_view key) const {
  std::optional<std::string_view> found;
  TRY_DO(each(in, [&](const Item& item) {
    if (!item.is_bucket && item.key == key) found = item.value;
    return !found;
  }));
  return found;
}

}  // namespace winnow
