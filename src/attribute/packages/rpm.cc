// SPDX-License-Identifier: Apache-2.0
// rpm's headers (rpm.org, package format): names, versions and files, read with bounds.
#include "attribute/packages/rpm.h"

#include <algorithm>
#include <vector>

#include "attribute/packages/claims.h"

namespace winnow {
namespace {

constexpr std::size_t kMaxFiles = 1'000'000;  // of one package

// rpmtag.h
constexpr std::uint32_t kName = 1000, kVersion = 1001, kRelease = 1002, kEpoch = 1003, kArchitecture = 1022;
constexpr std::uint32_t kDirIndexes = 1116, kBaseNames = 1117, kDirNames = 1118;
constexpr std::uint32_t kRequires = 1049, kRecommends = 5046;

// A header as it is stored: count of index entries, bytes of data, the entries (tag, type, offset, count), the data;
// all numbers are big-endian.
class Header {
 public:
  explicit Header(std::string_view bytes) : bytes_(bytes) {
    const std::uint64_t entries = number(0);
    const std::uint64_t data = number(4);
    if (bytes.size() < 8 || entries * 16 + data > bytes.size() - 8) return;
    entries_ = entries;
    data_ = bytes.substr(8 + entries * 16, data);
  }

  // The strings of TAG; a single one counts as a list of one.
  [[nodiscard]] std::vector<std::string_view> strings(std::uint32_t tag) const {
    std::vector<std::string_view> list;
    const auto [offset, count] = find(tag);
    std::size_t at = offset;
    while (list.size() < count && at < data_.size()) {
      const std::size_t end = data_.find('\0', at);
      if (end == std::string_view::npos) break;
      list.push_back(data_.substr(at, end - at));
      at = end + 1;
    }
    return list;
  }
  [[nodiscard]] std::string string(std::uint32_t tag) const {
    const auto list = strings(tag);
    return list.empty() ? std::string() : std::string(list.front());
  }
  [[nodiscard]] std::vector<std::uint32_t> numbers(std::uint32_t tag) const {
    std::vector<std::uint32_t> list;
    const auto [offset, count] = find(tag);
    for (std::size_t i = 0; i < count && offset + i * 4 + 4 <= data_.size(); ++i)
      list.push_back(big_endian(data_.substr(offset + i * 4, 4)));
    return list;
  }

 private:
  struct Place {
    std::size_t offset = 0, count = 0;
  };
  static std::uint32_t big_endian(std::string_view four) {
    std::uint32_t value = 0;
    for (const char c : four) value = value << 8 | static_cast<unsigned char>(c);
    return value;
  }
  [[nodiscard]] std::uint32_t number(std::size_t at) const {
    return at + 4 <= bytes_.size() ? big_endian(bytes_.substr(at, 4)) : 0;
  }
  [[nodiscard]] Place find(std::uint32_t tag) const {
    for (std::size_t i = 0; i < entries_; ++i)
      if (number(8 + i * 16) == tag)
        return {number(8 + i * 16 + 8), std::min<std::size_t>(number(8 + i * 16 + 12), kMaxFiles)};
    return {};
  }

  std::string_view bytes_;
  std::size_t entries_ = 0;
  std::string_view data_;
};

Package package_of(const Header& header) {
  Package package{"rpm", header.string(kName), header.string(kVersion), header.string(kArchitecture)};
  if (const std::string release = header.string(kRelease); !release.empty()) package.version += "-" + release;
  if (const auto epoch = header.numbers(kEpoch); !epoch.empty())
    package.version.insert(0, std::to_string(epoch.front()) + ":");
  return package;
}

// "libz.so.1()(64bit)", "bash", "/bin/sh": names of libraries and of packages.
std::vector<std::string> needs_of(const Header& header) {
  std::vector<std::string> names;
  for (const std::uint32_t tag : {kRequires, kRecommends})
    for (const std::string_view name : header.strings(tag)) names.emplace_back(name.substr(0, name.find('(')));
  return names;
}

void claim_header(Claims& claims, const Header& header) {
  Package package = package_of(header);
  if (package.name.empty()) return;
  const std::uint32_t id = claims.package(std::move(package));
  claims.needs(id, needs_of(header));
  const auto directories = header.strings(kDirNames);
  const auto indexes = header.numbers(kDirIndexes);
  const auto names = header.strings(kBaseNames);
  for (std::size_t i = 0; i < std::min(names.size(), indexes.size()) && !claims.exhausted(); ++i) {
    if (indexes[i] >= directories.size()) continue;
    const std::string_view directory = directories[indexes[i]];
    if (directory.size() + names[i].size() > kLongestName) continue;
    claims.claim(id, std::string(directory) + std::string(names[i]));
  }
}

struct Database {
  std::string_view name;
  Damage (*each)(std::string_view file, const SeeHeader& see);
};
constexpr Database kDatabases[] = {
    {"rpmdb.sqlite", each_in_sqlite}, {"Packages.db", each_in_ndb}, {"Packages", each_in_bdb}};
constexpr std::string_view kDirectories[] = {"/usr/lib/sysimage/rpm", "/var/lib/rpm"};

}  // namespace

Package package_of(std::string_view header) { return package_of(Header(header)); }

std::vector<std::string> strings_of(std::string_view header, std::uint32_t tag) {
  const Header parsed(header);
  const auto list = parsed.strings(tag);
  return {list.begin(), list.end()};
}

std::string each_rpm_header(const Index& image, const SeeHeader& see) {
  for (const std::string_view directory : kDirectories)
    for (const Database& database : kDatabases) {
      const auto entry = image.resolve(std::string(directory) + "/" + std::string(database.name)).entry;
      if (!entry) continue;
      std::vector<std::string> headers;  // of a damaged one none counts
      if (database.each(text_of(image.entries[*entry]), [&](auto header) { headers.emplace_back(header); })) continue;
      for (const std::string& header : headers) see(header);
      return image.entries[*entry].path;
    }
  return "";
}

void claim_rpm(Claims& claims) {
  const Index& index = claims.index();
  std::vector<EntryId> read;  // often one directory is a link to the other
  for (const std::string_view directory : kDirectories)
    for (const Database& database : kDatabases) {
      const auto entry = index.resolve(std::string(directory) + "/" + std::string(database.name)).entry;
      if (!entry || std::ranges::find(read, *entry) != read.end()) continue;
      read.push_back(*entry);
      const std::string_view text = text_of(index.entries[*entry]);
      const auto see = [&](std::string_view header) { claim_header(claims, Header(header)); };
      if (const Damage damage = database.each(text, see))
        claims.warn(index.entries[*entry].path + ": this rpm database cannot be read: " + *damage);
    }
}

}  // namespace winnow
