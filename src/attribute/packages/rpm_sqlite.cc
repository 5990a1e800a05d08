// SPDX-License-Identifier: Apache-2.0
// Table Packages of a sqlite database in memory. The schema is hostile: it can neither write, nor call functions, nor
// run without end.
#include <sqlite3.h>

#include <algorithm>
#include <climits>

#include "attribute/packages/rpm.h"
#include "attribute/packages/sqlite_handle.h"

namespace winnow {
namespace {

constexpr int kMaxSteps = 200'000;  // of sqlite's machine, in thousands

// Reading tables directly is all that is asked for: no views, triggers, functions or attached files.
int authorize(void* /*unused*/, int action, const char* /*table*/, const char* /*column*/, const char* /*database*/,
              const char* view) {
  const bool reads = action == SQLITE_SELECT || action == SQLITE_READ;
  return reads && view == nullptr ? SQLITE_OK : SQLITE_DENY;
}

// BYTES must outlive the database.
SqliteDatabase open_in_memory(std::string& bytes, int& steps) {
  sqlite3* raw = nullptr;
  const int opened = sqlite3_open_v2(":memory:", &raw, SQLITE_OPEN_READWRITE, nullptr);
  SqliteDatabase database(raw);
  if (opened != SQLITE_OK) return nullptr;
  int ignored = 0;
  sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, &ignored);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, &ignored);
  sqlite3_limit(raw, SQLITE_LIMIT_LENGTH, static_cast<int>(std::min<std::size_t>(bytes.size(), INT_MAX)));
  sqlite3_progress_handler(
      raw, 1000, [](void* count) { return ++*static_cast<int*>(count) > kMaxSteps ? 1 : 0; }, &steps);
  const auto size = static_cast<sqlite3_int64>(bytes.size());
  sqlite3_deserialize(raw, "main", reinterpret_cast<unsigned char*>(bytes.data()), size, size,
                      SQLITE_DESERIALIZE_READONLY);  // what is wrong with it is told when it is read
  sqlite3_set_authorizer(raw, authorize, nullptr);   // attaching the bytes needed more
  return database;
}

// Calls SEE with the first column of each row until it gives damage.
template <class See>
Damage each_row(sqlite3* database, const char* query, const See& see) {
  sqlite3_stmt* raw = nullptr;
  const int prepared = sqlite3_prepare_v2(database, query, -1, &raw, nullptr);
  const SqliteStatement statement(raw);
  int status = prepared == SQLITE_OK ? SQLITE_ROW : prepared;
  while (status == SQLITE_ROW && (status = sqlite3_step(raw)) == SQLITE_ROW) {
    const auto* const blob = static_cast<const char*>(sqlite3_column_blob(raw, 0));
    const auto length = static_cast<std::size_t>(sqlite3_column_bytes(raw, 0));
    if (auto damage = see(blob == nullptr ? std::string_view() : std::string_view(blob, length))) return damage;
  }
  return status == SQLITE_DONE ? std::nullopt : Damage(sqlite3_errmsg(database));
}

}  // namespace

Damage each_in_sqlite(std::string_view file, const SeeHeader& see) {
  constexpr std::size_t kVersions = 18;  // of the file's journal: 2 means a write-ahead log, which memory has not
  if (file.size() < 100) return "it is too short";
  std::string bytes(file);
  bytes[kVersions] = bytes[kVersions + 1] = 1;
  int steps = 0;
  const SqliteDatabase database = open_in_memory(bytes, steps);
  if (!database) return "sqlite does not start";
  // A view or a virtual table has no pages of its own; a column that is computed would need further parentheses.
  bool plain = false;
  constexpr auto kTable = "SELECT sql FROM sqlite_master WHERE name = 'Packages' AND type = 'table' AND rootpage > 0";
  auto damage = each_row(database.get(), kTable, [&](std::string_view sql) -> Damage {
    plain = std::ranges::count(sql, '(') == 1;
    return std::nullopt;
  });
  if (damage) return damage;
  if (!plain) return "it has no plain table Packages";
  HeaderBudget budget(file.size());
  return each_row(database.get(), "SELECT blob FROM Packages", [&](std::string_view blob) -> Damage {
    if (!budget.take(blob.size())) return kTooMuch;
    see(blob);
    return std::nullopt;
  });
}

}  // namespace winnow
