// SPDX-License-Identifier: Apache-2.0
// Keeps objects of the Kubernetes resource profiles.winnow.dev: in a cluster's API, or as files of a directory.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "winnow/base/error.h"

namespace winnow {

enum class Applied : std::uint8_t { kDone, kTooLarge };

// An object is JSON text. What comes back may be hostile: whoever may write objects may write anything into them.
class ObjectStore {
 public:
  virtual ~ObjectStore() = default;
  // Makes OBJECT the object NAME, whether it exists or not; its status is not changed. The same OBJECT again changes
  // nothing. kTooLarge: the store does not take an object of this size.
  virtual Result<Applied> apply(const std::string& name, const std::string& object) = 0;
  // Makes the status of OBJECT that of the object NAME, which exists.
  virtual Result<Applied> apply_status(const std::string& name, const std::string& object) = 0;
  // Returns the object; nullopt: there is none.
  virtual Result<std::optional<std::string>> get(const std::string& name) = 0;
  // Calls SEE with every object that has the label KEY with VALUE; an empty KEY: with every object. What should be an
  // object and cannot be read is one for SEE, too, with the member "unreadable". An error of SEE ends it.
  using See = std::function<Result<void>(std::string_view object)>;
  virtual Result<void> each(const std::string& key, const std::string& value, const See& see) = 0;
  // Removes the object; one that does not exist is fine. VERSION: its metadata.resourceVersion; if it has another one
  // by now, it stays, and false is returned. Empty: any.
  virtual Result<bool> remove(const std::string& name, const std::string& version = {}) = 0;
  // Describes for people where the objects are.
  [[nodiscard]] virtual std::string str() const = 0;
  // Ends what is under way, from another thread; what is asked later fails.
  virtual void stop() {}
};

// What a store has been asked so far.
struct RequestCounts {
  std::atomic<std::uint64_t> requests = 0, failures = 0;  // by the thread that asks
};

// Files NAME.json in DIRECTORY, which is made if it is missing.
Result<std::unique_ptr<ObjectStore>> directory_objects(const std::string& directory);

// Where a cluster's API is, and who asks.
struct ClusterAccess {
  std::string host;        // "10.96.0.1:443", "[fd00::1]:443"
  std::string ca_file;     // of the API's certificate
  std::string token_file;  // is read again for each request, since kubelets renew it
  std::string name_space;  // the namespace of the objects
  // Returns the access of a pod: its environment and the files of its service account. Errors: this is no pod; the
  // service account's files are not mounted.
  static Result<ClusterAccess> of_pod();
};
// The API of the cluster that this pod runs in. COUNTS may be null; else it is updated by each request.
std::unique_ptr<ObjectStore> cluster_objects(ClusterAccess access, RequestCounts* counts = nullptr);
// The same through `kubectl get --raw`, with the words OPTIONS (--context, --kubeconfig): it can only be read.
std::unique_ptr<ObjectStore> kubectl_objects(std::vector<std::string> options, std::string name_space);

// Which store is meant, in a user's words.
struct StoreChoice {
  std::string store;       // "kubernetes" or "dir:PATH"; empty: kubernetes
  std::string name_space;  // of the objects in a cluster; empty: the pod's own, $POD_NAMESPACE, or "winnow"
  std::vector<std::string> kubectl = {};  // words for kubectl; if there are any, it is asked even in a pod
};
// Opens a store for reading and writing: in a pod, the API of its cluster. COUNTS as above. Errors: there is no such
// store; this is no pod.
Result<std::unique_ptr<ObjectStore>> open_objects(const StoreChoice& choice, RequestCounts* counts = nullptr);
// Opens a store that is only read: outside of a pod, the API through kubectl.
Result<std::unique_ptr<ObjectStore>> open_objects_to_read(const StoreChoice& choice);

}  // namespace winnow
