// SPDX-License-Identifier: Apache-2.0
// From words to a store.
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "winnow/base/text.h"
#include "winnow/store/objects.h"

namespace winnow {
namespace {

constexpr std::string_view kDirectory = "dir:";

std::string variable_or(const char* name, const char* otherwise) {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing here calls setenv
  return value == nullptr || *value == '\0' ? otherwise : value;
}

bool is_cluster(const StoreChoice& choice) { return choice.store.empty() || choice.store == "kubernetes"; }

}  // namespace

Result<std::unique_ptr<ObjectStore>> open_objects(const StoreChoice& choice, RequestCounts* counts) {
  if (choice.store.starts_with(kDirectory) && choice.store.size() > kDirectory.size())
    return directory_objects(choice.store.substr(kDirectory.size()));
  if (!is_cluster(choice))
    return std::unexpected(
        Error::usage("no store " + printable(choice.store), "write --store kubernetes or --store dir:PATH"));
  TRY(auto access, ClusterAccess::of_pod());
  if (!choice.name_space.empty()) access.name_space = choice.name_space;
  return cluster_objects(std::move(access), counts);
}

Result<std::unique_ptr<ObjectStore>> open_objects_to_read(const StoreChoice& choice) {
  const bool in_pod = !variable_or("KUBERNETES_SERVICE_HOST", "").empty();
  // What is only read is not made: a directory that is missing is a typing error.
  if (const std::string path = choice.store.starts_with(kDirectory) ? choice.store.substr(kDirectory.size()) : "";
      !path.empty() && ::access(path.c_str(), F_OK) != 0)
    return std::unexpected(Error::from_errno("opening " + printable(choice.store)));
  if (!is_cluster(choice) || (in_pod && choice.kubectl.empty())) return open_objects(choice);
  return kubectl_objects(choice.kubectl,
                         choice.name_space.empty() ? variable_or("POD_NAMESPACE", "winnow") : choice.name_space);
}

}  // namespace winnow
