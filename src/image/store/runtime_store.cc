// SPDX-License-Identifier: Apache-2.0
// The stores by their names, and what is common to them: labels that say which pod a container is of.
#include "winnow/image/runtime_store.h"

#include <sys/stat.h>

#include <array>
#include <utility>

#include "image/store/runtime_stores.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

struct KnownStore {
  RuntimeStore::Kind kind;
  std::string_view name, root;
};
constexpr std::array<KnownStore, 3> kKnown = {{
    {RuntimeStore::Kind::kContainerd, "containerd", "/var/lib/containerd"},
    {RuntimeStore::Kind::kCrio, "crio", "/var/lib/containers/storage"},
    {RuntimeStore::Kind::kDocker, "docker", "/var/lib/docker"},
}};

const KnownStore& known(RuntimeStore::Kind kind) { return kKnown[static_cast<std::size_t>(kind)]; }

bool is_id(std::string_view id) {
  return id.size() == 64 && id.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

void set_pod(StoredContainer& container, const std::map<std::string, std::string>& labels) {
  const auto of = [&](const char* key) {
    const auto found = labels.find(std::string("io.kubernetes.") + key);
    return found == labels.end() ? std::string() : found->second;
  };
  container.pod_namespace = of("pod.namespace");
  container.pod = of("pod.name");
  container.pod_uid = of("pod.uid");
  container.container = of("container.name");
}

RuntimeStore::RuntimeStore(Kind kind, std::string root)
    : kind_(kind), root_(root.empty() ? std::string(known(kind).root) : std::move(root)) {}

Result<RuntimeStore> RuntimeStore::parse(std::string_view text) {
  std::string_view root = text;
  const std::string_view name = take_until(root, ':');
  for (const KnownStore& one : kKnown)
    if (one.name == name && (root.empty() ? !text.ends_with(':') : root.starts_with('/')))
      return RuntimeStore(one.kind, std::string(root));
  return std::unexpected(
      Error::usage("not a runtime's store: " + printable(text),
                   "write containerd, crio or docker, with :/DIRECTORY if it is in an unusual place"));
}

std::vector<RuntimeStore> RuntimeStore::usual() {
  std::vector<RuntimeStore> stores;
  for (const KnownStore& one : kKnown) {
    struct stat status{};
    if (::stat(std::string(one.root).c_str(), &status) == 0) stores.emplace_back(one.kind, "");
  }
  return stores;
}

Result<std::map<std::string, StoredContainer>> RuntimeStore::find(const std::set<std::string>& ids) const {
  std::set<std::string> valid;  // they become parts of paths
  for (const std::string& id : ids)
    if (is_id(id)) valid.insert(id);
  if (kind_ == Kind::kContainerd) return containers_of_containerd(root_, valid);
  return kind_ == Kind::kCrio ? containers_of_crio(root_, valid) : containers_of_docker(root_, valid);
}

Result<StoredNames> RuntimeStore::names_of(const Digest& image) const {
  if (kind_ == Kind::kContainerd) return names_of_containerd(root_, image);
  return kind_ == Kind::kCrio ? names_of_crio(root_, image) : names_of_docker(root_, image);
}

std::string RuntimeStore::str() const { return std::string(known(kind_).name) + ":" + root_; }

}  // namespace winnow
