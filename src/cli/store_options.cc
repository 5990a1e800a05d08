// SPDX-License-Identifier: Apache-2.0
// From words to a store of profiles.
#include "cli/store_options.h"

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdlib>

#include "winnow/base/text.h"

namespace winnow::cli {
namespace {

constexpr std::string_view kDirectory = "dir:";

std::string variable(const char* name) {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing here calls setenv
  return value == nullptr ? "" : value;
}

bool in_pod() { return !variable("KUBERNETES_SERVICE_HOST").empty(); }

Error unknown_store(const std::string& store) {
  return Error::usage("no store " + printable(store), "write --store kubernetes or --store dir:PATH");
}

}  // namespace

void add_store_option(CLI::App& command, StoreWords& words) {
  command.add_option("--store", words.store, "where the profiles are: kubernetes (the default) or dir:PATH");
}

Result<std::unique_ptr<ObjectStore>> open_written(const StoreWords& words, RequestCounts* counts) {
  if (words.store.starts_with(kDirectory)) return directory_objects(words.store.substr(kDirectory.size()));
  if (!words.store.empty() && words.store != "kubernetes") return std::unexpected(unknown_store(words.store));
  TRY(auto access, ClusterAccess::of_pod());
  if (!words.name_space.empty()) access.name_space = words.name_space;
  return cluster_objects(std::move(access), counts);
}

Result<std::unique_ptr<ObjectStore>> open_read(const StoreWords& words) {
  const bool directory = words.store.starts_with(kDirectory);
  const bool chosen = !words.context.empty() || !words.kubeconfig.empty();
  if (directory || (in_pod() && !chosen) || (!words.store.empty() && words.store != "kubernetes"))
    return open_written(words, nullptr);
  std::vector<std::string> options;
  if (!words.context.empty()) options.insert(options.end(), {"--context", words.context});
  if (!words.kubeconfig.empty()) options.insert(options.end(), {"--kubeconfig", words.kubeconfig});
  std::string name_space = words.name_space.empty() ? variable("POD_NAMESPACE") : words.name_space;
  return kubectl_objects(std::move(options), name_space.empty() ? "winnow" : std::move(name_space));
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
