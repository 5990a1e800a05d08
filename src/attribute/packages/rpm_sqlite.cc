// SPDX-License-Identifier: Apache-2.0
// Table Packages of a sqlite database in memory; a hostile schema can neither write nor run without end.
#include <sqlite3.h>

#include <memory>

#include "attribute/packages/rpm.h"

namespace winnow {
namespace {

constexpr int kMaxSteps = 200'000;  // of sqlite's machine, in thousands: a view can loop without end

struct CloseDatabase {
  void operator()(sqlite3* database) const { sqlite3_close(database); }
};
struct FinishStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

}  // namespace

Damage each_in_sqlite(std::string_view file, const SeeHeader& see) {
  constexpr std::size_t kVersions = 18;  // of the file's journal: 2 means a write-ahead log, which memory has not
  if (file.size() < 100) return "it is too short";
  std::string bytes(file);
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
  HeaderBudget budget(file.size());
  int status = SQLITE_ROW;
  while ((status = sqlite3_step(prepared)) == SQLITE_ROW) {
    const auto* blob = static_cast<const char*>(sqlite3_column_blob(prepared, 0));
    const auto length = static_cast<std::size_t>(sqlite3_column_bytes(prepared, 0));
    if (!budget.take(length)) return kTooMuch;
    if (blob != nullptr) see({blob, length});
  }
  return status == SQLITE_DONE ? std::nullopt : std::optional(broken());
}

}  // namespace winnow
