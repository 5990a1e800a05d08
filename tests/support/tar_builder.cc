// SPDX-License-Identifier: Apache-2.0
// Writes tar blocks by hand.
#include <array>
#include <cstdio>
#include <cstring>

#include "support/image_builder.h"

namespace winnow::test {
namespace {

constexpr std::size_t kBlock = 512;

// POSIX ustar header (pax(1), "ustar Interchange Format").
struct Ustar {
  char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100], magic[6], version[2];
  char user[32], group[32], major[8], minor[8], prefix[155], padding[12];
};
static_assert(sizeof(Ustar) == kBlock);

template <std::size_t N>
void octal(char (&field)[N], std::uint64_t value) {
  std::array<char, 32> digits{};
  std::snprintf(digits.data(), digits.size(), "%0*llo", static_cast<int>(N - 1),
                static_cast<unsigned long long>(value));
  std::memcpy(field, digits.data(), N - 1);
}

// One pax record: its own length in decimal, a space, KEY=VALUE, a newline.
std::string record(const std::string& key, std::string_view value) {
  const std::size_t rest = key.size() + value.size() + 3;
  std::size_t length = rest + 1;
  while (std::to_string(length).size() + rest != length) length = std::to_string(length).size() + rest;
  return std::to_string(length) + " " + key + "=" + std::string(value) + "\n";
}

}  // namespace

TarBuilder& TarBuilder::block(std::string_view name, char type, const Meta& meta, std::uint64_t size,
                              std::string_view link, std::uint32_t major, std::uint32_t minor) {
  Ustar header{};
  name.copy(header.name, sizeof(header.name));
  octal(header.mode, meta.mode);
  octal(header.uid, meta.uid);
  octal(header.gid, meta.gid);
  octal(header.size, size);
  octal(header.mtime, static_cast<std::uint64_t>(meta.mtime));
  header.type = type;
  link.copy(header.link, sizeof(header.link));
  std::memcpy(header.magic, "ustar", 6);
  std::memcpy(header.version, "00", 2);
  octal(header.major, major);
  octal(header.minor, minor);
  std::memset(header.checksum, ' ', sizeof(header.checksum));
  std::array<char, kBlock> bytes{};
  std::memcpy(bytes.data(), &header, kBlock);
  std::uint64_t sum = 0;
  for (const char byte : bytes) sum += static_cast<unsigned char>(byte);
  std::array<char, 32> digits{};
  std::snprintf(digits.data(), digits.size(), "%06llo", static_cast<unsigned long long>(sum));
  std::memcpy(bytes.data() + offsetof(Ustar, checksum), digits.data(), 7);
  bytes_.append(bytes.data(), kBlock);
  return *this;
}

TarBuilder& TarBuilder::data(std::string_view content) {
  bytes_.append(content);
  bytes_.append((kBlock - content.size() % kBlock) % kBlock, '\0');
  return *this;
}

TarBuilder& TarBuilder::add(const std::string& name, char type, const Meta& meta, std::string_view content,
                            const std::string& link, std::uint32_t major, std::uint32_t minor) {
  std::string pax;
  if (name.size() > sizeof(Ustar::name)) pax += record("path", name);
  if (link.size() > sizeof(Ustar::link)) pax += record("linkpath", link);
  if (meta.uid > 07777777) pax += record("uid", std::to_string(meta.uid));
  if (meta.mtime_ns != 0) {
    std::array<char, 16> fraction{};
    std::snprintf(fraction.data(), fraction.size(), ".%09u", meta.mtime_ns);
    pax += record("mtime", std::to_string(meta.mtime) + fraction.data());
  }
  for (const auto& [key, value] : meta.xattrs) pax += record("SCHILY.xattr." + key, value);
  if (!pax.empty()) block("PaxHeader", 'x', {}, pax.size(), {}, 0, 0).data(pax);
  Meta fitting = meta;
  if (fitting.uid > 07777777) fitting.uid = 0;
  return block(name, type, fitting, content.size(), link, major, minor).data(content);
}

TarBuilder& TarBuilder::file(const std::string& name, std::string_view content, const Meta& meta) {
  return add(name, '0', meta, content, {});
}
TarBuilder& TarBuilder::directory(const std::string& name, const Meta& meta) {
  return add(name.ends_with('/') ? name : name + "/", '5', meta, {}, {});
}
TarBuilder& TarBuilder::symlink(const std::string& name, const std::string& target, const Meta& meta) {
  return add(name, '2', meta, {}, target);
}
TarBuilder& TarBuilder::hard_link(const std::string& name, const std::string& target) {
  return add(name, '1', {}, {}, target);
}
TarBuilder& TarBuilder::device(const std::string& name, bool block_device, std::uint32_t major, std::uint32_t minor,
                               const Meta& meta) {
  return add(name, block_device ? '4' : '3', meta, {}, {}, major, minor);
}
TarBuilder& TarBuilder::fifo(const std::string& name, const Meta& meta) { return add(name, '6', meta, {}, {}); }

TarBuilder& TarBuilder::whiteout(const std::string& name) {
  const std::size_t slash = name.rfind('/') + 1;
  return file(name.substr(0, slash) + ".wh." + name.substr(slash), {});
}
TarBuilder& TarBuilder::opaque(const std::string& directory) { return file(directory + "/.wh..wh..opq", {}); }

TarBuilder& TarBuilder::raw(std::string_view blocks) {
  bytes_.append(blocks);
  return *this;
}

TarBuilder& TarBuilder::sparse(const std::string& name, std::string_view content, std::uint64_t size) {
  const std::string pax = record("GNU.sparse.major", "1") + record("GNU.sparse.minor", "0") +
                          record("GNU.sparse.name", name) + record("GNU.sparse.realsize", std::to_string(size));
  std::string stored = "1\n0\n" + std::to_string(content.size()) + "\n";  // one piece, at 0
  stored.resize(kBlock, '\0');
  stored.append(content);
  block("PaxHeader", 'x', {}, pax.size(), {}, 0, 0).data(pax);
  return block(name, '0', {}, stored.size(), {}, 0, 0).data(stored);
}

std::string TarBuilder::bytes() const { return bytes_ + std::string(2 * kBlock, '\0'); }

}  // namespace winnow::test
