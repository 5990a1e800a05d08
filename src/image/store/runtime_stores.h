// SPDX-License-Identifier: Apache-2.0
// What each kind of store does for RuntimeStore; ROOT is its directory, and IDS are 64 hex digits each.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "winnow/base/error.h"
#include "winnow/image/runtime_store.h"

namespace winnow {

using StoredContainers = std::map<std::string, StoredContainer>;

Result<StoredContainers> containers_of_containerd(const std::string& root, const std::set<std::string>& ids);
Result<StoredContainers> containers_of_crio(const std::string& root, const std::set<std::string>& ids);
Result<StoredContainers> containers_of_docker(const std::string& root, const std::set<std::string>& ids);
Result<StoredNames> names_of_containerd(const std::string& root, const Digest& image);
Result<StoredNames> names_of_crio(const std::string& root, const Digest& image);
Result<StoredNames> names_of_docker(const std::string& root, const Digest& image);

// Calls READ with each of IDS and returns what it finds. What is damaged of one container does not hide the others: an
// error is returned if there is nothing else.
template <typename Read>
Result<StoredContainers> each_container(const std::set<std::string>& ids, Read read) {
  StoredContainers found;
  std::optional<Error> failed;
  for (const std::string& id : ids) {
    Result<std::optional<StoredContainer>> one = read(id);
    if (!one) failed = one.error().within("container " + id);
    if (one && *one) found.emplace(id, **std::move(one));
  }
  if (failed && found.empty()) return std::unexpected(*std::move(failed));
  return found;
}

// Takes in the labels that a kubelet gives each of its containers (kubelet/types/labels.go).
void set_pod(StoredContainer& container, const std::map<std::string, std::string>& labels);

}  // namespace winnow
