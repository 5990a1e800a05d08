// SPDX-License-Identifier: Apache-2.0
// Writes the pages of a small bbolt database.
#include "support/bolt_bytes.h"

#include <cstdint>
#include <cstring>
#include <string_view>

namespace winnow::test {

namespace {

// Appends the page of BUCKET, after those of the buckets below it, to FILE; returns its number.
std::uint64_t write_bucket(std::string& file, const BoltTree& bucket) {
  std::map<std::string, std::pair<std::uint32_t, std::string>> items;  // flags and value
  for (const auto& [key, value] : bucket.values) items[key] = {0, value};
  for (const auto& [key, below] : bucket.buckets) {
    std::string header(16, '\0');
    const std::uint64_t page = write_bucket(file, below);
    std::memcpy(header.data(), &page, sizeof page);
    items[key] = {1, header};
  }
  const std::uint64_t number = file.size() / kBoltPage;
  const auto count = static_cast<std::uint16_t>(items.size());
  std::string page(16 + 16 * items.size(), '\0');
  const auto put = [&](std::size_t at, auto value) { std::memcpy(page.data() + at, &value, sizeof value); };
  put(0, number);
  put(8, std::uint16_t{2});  // a leaf
  put(10, count);
  for (std::size_t at = 16; const auto& [key, item] : items) {
    put(at, item.first);
    put(at + 4, static_cast<std::uint32_t>(page.size() - at));
    put(at + 8, static_cast<std::uint32_t>(key.size()));
    put(at + 12, static_cast<std::uint32_t>(item.second.size()));
    page += key + item.second;
    at += 16;
  }
  page.resize((page.size() + kBoltPage - 1) / kBoltPage * kBoltPage);
  put(12, static_cast<std::uint32_t>(page.size() / kBoltPage - 1));
  file += page;
  return number;
}

}  // namespace

std::string bolt_database(const BoltTree& root) {
  std::string file(2 * kBoltPage, '\0');
  const std::uint64_t first = write_bucket(file, root);
  for (std::uint64_t page = 0; page < 2; ++page) {
    const std::size_t meta = page * kBoltPage + 16;
    const auto put = [&](std::size_t at, auto value) { std::memcpy(file.data() + at, &value, sizeof value); };
    put(page * kBoltPage, page);
    put(page * kBoltPage + 8, std::uint16_t{4});
    put(meta, std::uint32_t{0xED0CDAED});
    put(meta + 4, std::uint32_t{2});
    put(meta + 8, static_cast<std::uint32_t>(kBoltPage));
    put(meta + 16, first);
    put(meta + 40, file.size() / kBoltPage);
    put(meta + 48, page);
    std::uint64_t sum = 0xcbf29ce484222325;
    for (const char c : file.substr(meta, 56)) sum = (sum ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    put(meta + 56, sum);
  }
  return file;
}

std::string bolt_database() {
  constexpr std::size_t kPage = kBoltPage;
  std::string file(5 * kPage, '\0');
  const auto put = [&](std::size_t at, auto number) { std::memcpy(file.data() + at, &number, sizeof number); };
  const auto text = [&](std::size_t at, std::string_view bytes) { bytes.copy(file.data() + at, bytes.size()); };
  const auto header = [&](std::uint64_t page, std::uint16_t flags, std::uint16_t count) {
    put(page * kPage, page);
    put(page * kPage + 8, flags);
    put(page * kPage + 10, count);
  };
  for (std::uint64_t page = 0; page < 2; ++page) {
    header(page, 4, 0);
    const std::size_t meta = page * kPage + 16;
    put(meta, std::uint32_t{0xED0CDAED});
    put(meta + 4, std::uint32_t{2});
    put(meta + 8, std::uint32_t{kPage});
    put(meta + 16, std::uint64_t{2});     // root page
    put(meta + 40, std::uint64_t{5});     // pages
    put(meta + 48, std::uint64_t{page});  // transaction
    std::uint64_t sum = 0xcbf29ce484222325;
    for (std::size_t at = meta; at < meta + 56; ++at)
      sum = (sum ^ static_cast<unsigned char>(file[at])) * 0x100000001b3;
    put(meta + 56, sum);
  }
  const auto element = [&](std::size_t at, std::uint32_t flags, std::uint32_t place, std::string_view key,
                           std::string_view value) {
    put(at, flags);
    put(at + 4, place);
    put(at + 8, static_cast<std::uint32_t>(key.size()));
    put(at + 12, static_cast<std::uint32_t>(value.size()));
    text(at + place, std::string(key) + std::string(value));
  };
  using namespace std::string_literals;
  header(2, 1, 1);  // a branch to page 3
  put(2 * kPage + 16, std::uint32_t{16});
  put(2 * kPage + 24, std::uint64_t{3});
  header(3, 2, 3);
  element(3 * kPage + 16, 1, 48, "bucket", "\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"s);
  element(3 * kPage + 32, 1, 100, "inline",
          std::string(16, '\0') + std::string(8, '\0') + "\2\0\1\0\0\0\0\0"s + "\0\0\0\0\x10\0\0\0\1\0\0\0\1\0\0\0kv"s);
  element(3 * kPage + 48, 0, 200, "key", "value");
  header(4, 2, 1);
  element(4 * kPage + 16, 0, 16, "digest", "sha256:00");
  return file;
}

}  // namespace winnow::test
