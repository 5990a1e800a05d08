// SPDX-License-Identifier: Apache-2.0
// The options that say where profiles of a fleet are, for all commands that read or write them.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "winnow/base/error.h"
#include "winnow/store/objects.h"

namespace CLI {
class App;
}

namespace winnow::cli {

struct StoreWords {
  std::string store;  // "kubernetes" or "dir:PATH"; empty: kubernetes, if this is a pod or kubectl knows a cluster
  std::string name_space, context, kubeconfig;
};
void add_store_option(CLI::App& command, StoreWords& words);
// Opens a store that can be written: in a pod, the cluster's API. COUNTS may be null.
Result<std::unique_ptr<ObjectStore>> open_written(const StoreWords& words, RequestCounts* counts);
// Opens a store that is only read: outside of a pod, the cluster's API through kubectl.
Result<std::unique_ptr<ObjectStore>> open_read(const StoreWords& words);

// Returns a time such as "90s", "15m", "24h" or "7d"; a number without a unit is an error.
Result<std::chrono::milliseconds> duration_of(const std::string& text);

}  // namespace winnow::cli
