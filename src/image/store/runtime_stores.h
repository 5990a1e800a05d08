// SPDX-License-Identifier: Apache-2.0
// What each kind of store does for RuntimeStore; ROOT is its directory, and IDS are 64 hex digits each.
#pragma once

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

// Takes in the labels that a kubelet gives each of its containers (kubelet/types/labels.go).
void set_pod(StoredContainer& container, const std::map<std::string, std::string>& labels);

}  // namespace winnow
