// SPDX-License-Identifier: Apache-2.0
// Smart pointers for the objects of sqlite.
#pragma once

#include <sqlite3.h>

#include <memory>

namespace winnow {

struct CloseDatabase {
  void operator()(sqlite3* database) const { sqlite3_close(database); }
};
struct FinishStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using SqliteDatabase = std::unique_ptr<sqlite3, CloseDatabase>;
using SqliteStatement = std::unique_ptr<sqlite3_stmt, FinishStatement>;

}  // namespace winnow
