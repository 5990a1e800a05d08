// SPDX-License-Identifier: Apache-2.0
// From words to a store.
#include <unistd.h>

#include <cerrno>

#include "winnow/base/state.h"
#include "winnow/base/text.h"
#include "winnow/store/objects.h"

namespace winnow {
namespace {

constexpr std::string_view kDirectory = "dir:";

std::string name_space_of(const StoreChoice& choice) {
  if (!choice.name_space.empty()) return choice.name_space;
  std::string own = environment("POD_NAMESPACE");
  return own.empty() ? "winnow" : own;
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
  const bool in_pod = !environment("KUBERNETES_SERVICE_HOST").empty();
  // What is only read is not made: a directory that is missing is a typing error.
  if (const std::string path = choice.store.starts_with(kDirectory) ? choice.store.substr(kDirectory.size()) : "";
      !path.empty() && ::access(path.c_str(), F_OK) != 0)
    return std::unexpected(Error::from_errno("opening " + printable(choice.store)));
  if (!is_cluster(choice) || (in_pod && choice.kubectl.empty())) return open_objects(choice);
  return kubectl_objects(choice.kubectl, name_space_of(choice));
}

}  // namespace winnow
