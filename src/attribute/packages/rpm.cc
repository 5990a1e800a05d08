// SPDX-License-Identifier: Apache-2.0
// rpm's database in sqlite: one header blob for each package (rpm.org, package format), read with bounds.
#include <sqlite3.h>

#include <memory>
#include <optional>
#include <span>

#include "attribute/packages/claims.h"

namespace winnow {
namespace {

constexpr std::size_t kMaxFiles = 1'000'000;  // of one package
constexpr int kMaxSteps = 200'000;            // of sqlite's machine, in thousands: a view can loop without end

// rpmtag.h
constexpr std::uint32_t kName = 1000, kVersion = 1001, kRelease = 1002;
constexpr std::uint32_t kDirIndexes = 1116, kBaseNames = 1117, kDirNames = 1118;

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

void claim_header(Claims& claims, const Header& header) {
  Package package{"rpm", header.string(kName), header.string(kVersion)};
  if (package.name.empty()) return;
  if (const std::string release = header.string(kRelease); !release.empty()) package.version += "-" + release;
  const std::uint32_t id = claims.package(std::move(package));
  const auto directories = header.strings(kDirNames);
  const auto indexes = header.numbers(kDirIndexes);
  const auto names = header.strings(kBaseNames);
  for (std::size_t i = 0; i < std::min(names.size(), indexes.size()); ++i)
    if (indexes[i] < directories.size()) claims.claim(id, std::string(directories[indexes[i]]) + std::string(names[i]));
}

struct CloseDatabase {
  void operator()(sqlite3* database) const { sqlite3_close(database); }
};
struct FinishStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

// What went wrong, if something did.
std::optional<std::string> claim_database(Claims& claims, std::string_view text) {
  constexpr std::size_t kVersions = 18;  // of the file's journal: 2 means a write-ahead log, which memory has not
  if (text.size() < 100) return "it is too short";
  std::string bytes(text);
  bytes[kVersions] = bytes[kVersions + 1] = 1;
  sqlite3* raw = nullptr;
  const int opened = sqlite3_open_v2(":memory:", &raw, SQLITE_OPEN_READWRITE, nullptr);
  const std::unique_ptr<sqlite3, CloseDatabase> database(raw);
  if (opened != SQLITE_OK) return "sqlite does not start";
  const auto broken = [&] { return std::string(sqlite3_errmsg(database.get())); };
  int ignored = 0;
  sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, &ignored);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, &ignored);
  int steps = 0;
  sqlite3_progress_handler(
      raw, 1000, [](void* count) { return ++*static_cast<int*>(count) > kMaxSteps ? 1 : 0; }, &steps);
  const auto size = static_cast<sqlite3_int64>(bytes.size());
  if (sqlite3_deserialize(raw, "main", reinterpret_cast<unsigned char*>(bytes.data()), size, size,
                          SQLITE_DESERIALIZE_READONLY) != SQLITE_OK)
    return broken();
  sqlite3_stmt* prepared = nullptr;
  if (sqlite3_prepare_v2(raw, "SELECT blob FROM Packages ORDER BY hnum", -1, &prepared, nullptr) != SQLITE_OK)
    return broken();
  const std::unique_ptr<sqlite3_stmt, FinishStatement> statement(prepared);
  int status = SQLITE_ROW;
  while ((status = sqlite3_step(prepared)) == SQLITE_ROW) {
    const auto* blob = static_cast<const char*>(sqlite3_column_blob(prepared, 0));
    if (blob != nullptr)
      claim_header(claims, Header({blob, static_cast<std::size_t>(sqlite3_column_bytes(prepared, 0))}));
  }
  return status == SQLITE_DONE ? std::nullopt : std::optional(broken());
}

}  // namespace

void claim_rpm(Claims& claims) {
  const Index& index = claims.index();
  std::optional<EntryId> read;
  for (const std::string_view path : {"/var/lib/rpm", "/usr/lib/sysimage/rpm"}) {
    const auto database = index.resolve(std::string(path) + "/rpmdb.sqlite").entry;
    if (!database || database == read) continue;
    read = database;
    const Entry& entry = index.entries[*database];
    if (const auto wrong = claim_database(claims, text_of(entry)))
      claims.warn(printable(entry.path) + ": the rpm database cannot be read: " + printable(*wrong));
  }
  for (const std::string_view path :
       {"/var/lib/rpm/Packages", "/var/lib/rpm/Packages.db", "/usr/lib/sysimage/rpm/Packages.db"})
    if (!read && index.resolve(path).entry)
      claims.warn(std::string(path) + ": an rpm database that is not sqlite is not read; its files count as unowned");
}

}  // namespace winnow
