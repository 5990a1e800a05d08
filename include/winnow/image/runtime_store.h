// SPDX-License-Identifier: Apache-2.0
// Reads from a container runtime's store on disk which pod and which image a container belongs to. No daemon is asked.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "winnow/base/digest.h"
#include "winnow/base/error.h"

namespace winnow {

// What a runtime knows of a container. The members that begin with pod, and `container`, are empty if it is of no pod.
struct StoredContainer {
  bool sandbox = false;  // it only holds the pod's namespaces (the pause container)
  Digest image;          // digest of the image's config; with Docker's containerd store: of its manifest or index
  std::string name;      // outside of pods: the container's name
  std::string pod_namespace, pod, pod_uid;
  std::string container;  // its name in the pod
  std::map<std::string, std::string> pod_labels, pod_annotations;
};

// The names of an image on this node, and the digests of the manifests and indexes that these names stand for.
struct StoredNames {
  std::set<std::string> names;
  std::set<Digest> manifests;
};

class RuntimeStore {
 public:
  enum class Kind { kContainerd, kCrio, kDocker };
  // ROOT is the directory of the store; empty: the usual one.
  RuntimeStore(Kind kind, std::string root);
  // "containerd", "crio" or "docker", with ":ROOT" if it is not in the usual place. Error: TEXT is something else.
  static Result<RuntimeStore> parse(std::string_view text);
  // Returns those of the usual stores that are on this machine.
  static std::vector<RuntimeStore> usual();

  // Returns what is known of those of the containers IDS (64 hex digits each) that are in the store; what is damaged is
  // left out. Error: the store cannot be read, or nothing but damaged containers was found.
  [[nodiscard]] Result<std::map<std::string, StoredContainer>> find(const std::set<std::string>& ids) const;
  // Returns the names of the image whose config has this digest; none: it has no name, or none any more.
  [[nodiscard]] Result<StoredNames> names_of(const Digest& image) const;
  [[nodiscard]] std::string str() const;  // as parse() takes it
  [[nodiscard]] const std::string& root() const { return root_; }

 private:
  Kind kind_;
  std::string root_;
};

}  // namespace winnow
