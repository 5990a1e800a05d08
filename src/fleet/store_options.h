// SPDX-License-Identifier: Apache-2.0
// What commands have in common that read or write the profiles of a fleet.
#pragma once

#include <chrono>
#include <string>

#include "winnow/base/error.h"
#include "winnow/store/objects.h"

namespace CLI {
class App;
}

namespace winnow::cli {

void add_store_option(CLI::App& command, StoreChoice& choice);
// Returns a time such as "90s", "15m", "24h" or "7d"; a number without a unit is an error.
Result<std::chrono::milliseconds> duration_of(const std::string& text);

}  // namespace winnow::cli
