// SPDX-License-Identifier: Apache-2.0
// Containers in the stores of Docker (containers/ID/config.v2.json) and of CRI-O (containers-storage, with the runtime
// config of each container below userdata; CRI-O internal/storage/runtime.go and pkg/annotations).
#include <fmt/format.h>
#include <sys/stat.h>

#include "image/store/json.h"
#include "image/store/runtime_stores.h"
#include "winnow/base/file.h"

namespace winnow {
namespace {

std::map<std::string, std::string> words_of(const Json* object) {
  std::map<std::string, std::string> words;
  if (object == nullptr || !object->is_object()) return words;
  for (const auto& [name, value] : object->items())
    if (value.is_string()) words[name] = value.get<std::string>();
  return words;
}

// The members of one of the engine's JSON files; nullopt: it is not there (any more).
Result<std::optional<Json>> read_json_file(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0 && errno == ENOENT) return std::nullopt;
  TRY(const auto text, read_regular_file(path, kMaxDocument));
  TRY(auto document, guarded(printable(path), [&] { return parse_json(text); }));
  return document;
}

StoredContainer docker_container(const Json& document) {
  StoredContainer container;
  const Json* const config = member(document, "Config");
  const auto labels = words_of(config == nullptr ? nullptr : member(*config, "Labels"));
  set_pod(container, labels);
  if (const auto type = labels.find("io.kubernetes.docker.type"); type != labels.end())
    container.sandbox = type->second == "podsandbox";
  container.image = digest_of(string_of(document, "Image"));
  container.name = string_of(document, "Name");
  if (container.name.starts_with('/')) container.name.erase(0, 1);
  constexpr std::string_view kAnnotation = "annotation.";  // how cri-dockerd keeps annotations
  for (const auto& [key, value] : labels) {
    if (key.starts_with(kAnnotation))
      container.pod_annotations[key.substr(kAnnotation.size())] = value;
    else if (!key.starts_with("io.kubernetes."))
      container.pod_labels[key] = value;
  }
  return container;
}

std::string labels_key(std::string_view what) { return fmt::format("io.kubernetes.cri-o.{}", what); }

// A map that is the JSON text of one annotation.
std::map<std::string, std::string> inner_words(const std::map<std::string, std::string>& annotations,
                                               std::string_view what) {
  const auto found = annotations.find(labels_key(what));
  if (found == annotations.end() || found->second.empty()) return {};
  const Json inner = parse_json(found->second);
  return words_of(&inner);
}

// The annotations of a container's runtime config; CRI-O puts all that it knows there.
Result<std::map<std::string, std::string>> crio_annotations(const std::string& root, const std::string& id) {
  TRY(const auto document, read_json_file(fmt::format("{}/overlay-containers/{}/userdata/config.json", root, id)));
  std::map<std::string, std::string> annotations;
  TRY_DO(guarded("a runtime config", [&] {
    if (document) annotations = words_of(member(*document, "annotations"));
  }));
  return annotations;
}

Result<StoredContainer> crio_container(const std::string& root, const std::map<std::string, std::string>& annotations) {
  StoredContainer container;
  std::string sandbox;
  TRY_DO(guarded("a container of CRI-O", [&] {
    set_pod(container, inner_words(annotations, "Labels"));
    const auto of = [&](std::string_view what) {
      const auto found = annotations.find(labels_key(what));
      return found == annotations.end() ? std::string() : found->second;
    };
    container.sandbox = of("ContainerType") == "sandbox";
    sandbox = of("SandboxID");
    const std::string image = of("ImageRef");
    if (!container.sandbox && image.size() == 64) container.image = digest_of("sha256:" + image);
  }));
  if (container.sandbox || sandbox.size() != 64 || sandbox.contains('/')) return container;
  TRY(const auto pod, crio_annotations(root, sandbox));
  TRY_DO(guarded("a sandbox of CRI-O", [&] {
    container.pod_labels = inner_words(pod, "Labels");
    container.pod_annotations = inner_words(pod, "Annotations");
    std::erase_if(container.pod_labels, [](const auto& one) { return one.first.starts_with("io.kubernetes."); });
  }));
  return container;
}

// "REPOSITORY@sha256:HEX" is the digest of a manifest or index that was pulled by this name.
void add_name(StoredNames& known, const std::string& name) {
  const auto at = name.find('@');
  const auto digest = at == std::string::npos ? Result<Digest>(Digest()) : Digest::parse(name.substr(at + 1));
  if (digest && digest->valid()) known.manifests.insert(*digest);
  known.names.insert(name);
}

}  // namespace

Result<StoredContainers> containers_of_docker(const std::string& root, const std::set<std::string>& ids) {
  return each_container(ids, [&](const std::string& id) -> Result<std::optional<StoredContainer>> {
    TRY(const auto document, read_json_file(fmt::format("{}/containers/{}/config.v2.json", root, id)));
    if (!document) return std::nullopt;
    return guarded("config.v2.json", [&] { return docker_container(*document); });
  });
}

Result<StoredContainers> containers_of_crio(const std::string& root, const std::set<std::string>& ids) {
  return each_container(ids, [&](const std::string& id) -> Result<std::optional<StoredContainer>> {
    TRY(const auto annotations, crio_annotations(root, id));
    if (annotations.empty()) return std::nullopt;
    return crio_container(root, annotations);
  });
}

// image/overlay2/repositories.json: {"Repositories": {"app": {"app:1": "sha256:..."}}}.
Result<StoredNames> names_of_docker(const std::string& root, const Digest& image) {
  TRY(const auto document, read_json_file(root + "/image/overlay2/repositories.json"));
  if (!document) return StoredNames{};
  return guarded("repositories.json", [&] {
    StoredNames known;
    if (const Json* const repositories = member(*document, "Repositories"))
      for (const auto& [repository, names] : repositories->items())
        for (const auto& [name, id] : words_of(&names))
          if (id == image.str()) add_name(known, name);
    return known;
  });
}

Result<StoredNames> names_of_crio(const std::string& root, const Digest& image) {
  TRY(const auto document, read_json_file(root + "/overlay-images/images.json"));
  if (!document) return StoredNames{};
  return guarded("images.json", [&] {
    StoredNames known;
    for (const Json& one : list_of(*document, "it")) {
      if (string_of(one, "id") != image.hex()) continue;
      for (const std::string& name : strings_of(one, "names")) add_name(known, name);
      if (const std::string digest = string_of(one, "digest"); !digest.empty())
        known.manifests.insert(digest_of(digest));
    }
    return known;
  });
}

}  // namespace winnow
