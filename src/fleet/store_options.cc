// SPDX-License-Identifier: Apache-2.0
// --store, and lengths of time.
#include "fleet/store_options.h"

#include <CLI/CLI.hpp>
#include <charconv>

#include "winnow/base/text.h"

namespace winnow::cli {

void add_store_option(CLI::App& command, StoreChoice& choice) {
  command.add_option("--store", choice.store, "where the profiles are: kubernetes (the default) or dir:PATH");
}

Result<std::chrono::milliseconds> duration_of(const std::string& text) {
  std::int64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  const std::int64_t seconds = unit == "s" ? 1 : unit == "m" ? 60 : unit == "h" ? 3600 : unit == "d" ? 86400 : 0;
  constexpr std::int64_t kMost = 1'000'000'000;
  if (failed != std::errc() || seconds == 0 || number < 0 || number > kMost)
    return std::unexpected(Error::usage("not a time: " + printable(text), "write 90s, 15m, 24h or 7d"));
  return std::chrono::milliseconds(number * seconds * 1000);
}

}  // namespace winnow::cli
