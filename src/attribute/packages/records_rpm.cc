// SPDX-License-Identifier: Apache-2.0
// rpm's headers of packages that are left, as the sqlite database that rpm 4.16 and later and all scanners read.
#include <fmt/format.h>
#include <sqlite3.h>

#include <cstring>

#include "attribute/packages/claims.h"
#include "attribute/packages/records.h"
#include "attribute/packages/rpm.h"
#include "attribute/packages/sqlite_handle.h"
#include "winnow/base/path.h"

namespace winnow {
namespace {

// rpmtag.h
constexpr std::size_t kMaxNames = 1'000'000;  // files and capabilities of all packages; systems have tens of thousands
constexpr std::uint32_t kProvideName = 1047, kBaseName = 1117;

// The tables that rpm 4.16 to 4.18 makes (lib/backend/sqlite.c); rpm reads a database only when all are there.
constexpr std::string_view kIndexes[] = {"Name",
                                         "Basenames",
                                         "Group",
                                         "Requirename",
                                         "Providename",
                                         "Conflictname",
                                         "Obsoletename",
                                         "Triggername",
                                         "Dirnames",
                                         "Installtid",
                                         "Sigmd5",
                                         "Sha1header",
                                         "Filetriggername",
                                         "Transfiletriggername",
                                         "Recommendname",
                                         "Suggestname",
                                         "Supplementname",
                                         "Enhancename"};

class Writer {
 public:
  Writer() {
    sqlite3* raw = nullptr;
    ok_ = sqlite3_open_v2(":memory:", &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr) == SQLITE_OK;
    database_.reset(raw);
  }
  void run(const std::string& sql) {
    ok_ = ok_ && sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK;
  }
  // INTO is an INSERT with three parameters.
  void insert(const std::string& into, std::string_view bytes, bool blob, int number, int place) {
    sqlite3_stmt* raw = nullptr;
    ok_ = ok_ && sqlite3_prepare_v2(database_.get(), into.c_str(), -1, &raw, nullptr) == SQLITE_OK;
    const SqliteStatement statement(raw);
    if (!ok_) return;
    if (blob)
      sqlite3_bind_blob64(raw, 1, bytes.data(), bytes.size(), SQLITE_STATIC);
    else
      sqlite3_bind_text64(raw, 1, bytes.data(), bytes.size(), SQLITE_STATIC, SQLITE_UTF8);
    sqlite3_bind_int(raw, 2, number);
    sqlite3_bind_int(raw, 3, place);
    ok_ = sqlite3_step(raw) == SQLITE_DONE;
  }
  std::optional<std::string> finish() {
    sqlite3_int64 size = 0;
    unsigned char* const bytes = ok_ ? sqlite3_serialize(database_.get(), "main", &size, 0) : nullptr;
    if (bytes == nullptr) return std::nullopt;
    std::string file(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    sqlite3_free(bytes);
    // Bytes 92 to 99 of the header say which version of sqlite wrote it last (fileformat2): the same input is to give
    // the same bytes everywhere. Zeros make readers count the pages themselves.
    if (file.size() >= 100) std::memset(file.data() + 92, 0, 8);
    return file;
  }

 private:
  SqliteDatabase database_;
  bool ok_ = false;
};

}  // namespace

std::optional<std::string> make_rpm_sqlite(const std::vector<std::string>& headers) {
  Writer writer;
  writer.run("CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)");
  for (const std::string_view name : kIndexes) {
    const bool binary = name == "Installtid" || name == "Sigmd5";
    writer.run(fmt::format(
        "CREATE TABLE '{}' (key '{}' NOT NULL, hnum INTEGER NOT NULL, idx INTEGER NOT NULL, FOREIGN KEY (hnum) "
        "REFERENCES 'Packages'(hnum))",
        name, binary ? "BLOB" : "TEXT"));
    writer.run(fmt::format("CREATE INDEX '{0}_key_idx' ON '{0}' (key ASC)", name));
    writer.run(fmt::format("CREATE INDEX '{0}_hnum_idx' ON '{0}' (hnum ASC)", name));
  }
  int number = 0;
  std::size_t names = 0;
  for (const std::string& header : headers) {
    writer.insert("INSERT INTO Packages (blob, hnum) SELECT ?1, ?2 WHERE ?3 = 0", header, true, ++number, 0);
    writer.insert("INSERT INTO Name VALUES (?1, ?2, ?3)", package_of(header).name, false, number, 0);
    for (const auto& [tag, into] : {std::pair{kBaseName, "INSERT INTO Basenames VALUES (?1, ?2, ?3)"},
                                    {kProvideName, "INSERT INTO Providename VALUES (?1, ?2, ?3)"}}) {
      int place = 0;
      for (const std::string& name : strings_of(header, tag)) {
        if (++names > kMaxNames) return std::nullopt;
        if (!name.empty()) writer.insert(into, name, false, number, place);
        ++place;
      }
    }
  }
  return writer.finish();
}

void record_rpm(Kept& kept, PackageRecords& records) {
  std::vector<std::string> headers;
  const std::string path = each_rpm_header(kept.index, [&](std::string_view header) {
    if (kept.has_some_of(package_of(header))) headers.emplace_back(header);
  });
  if (path.empty() || headers.empty()) return;
  const Entry& database = kept.index.entries[*kept.index.find(path)];
  if (kept.has(path)) {
    records.warnings.emplace_back(
        "the workload reads rpm's database, so it is kept as it is: scanners will report packages that are gone");
    return;
  }
  auto content = make_rpm_sqlite(headers);
  if (!content) {
    records.warnings.push_back("no rpm database could be written: scanners will find no packages");
    return;
  }
  records.additions.push_back(
      record_file(std::string(parent_of(path)) + "/rpmdb.sqlite", *std::move(content), database));
}

}  // namespace winnow
